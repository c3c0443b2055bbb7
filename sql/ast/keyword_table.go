package ast

// The key words of PostgreSQL 15 (manual, appendix C), in alphabetical order.
const (
	NoKeyword Keyword = iota
	KwAbort
	KwAbsolute
	KwAccess
	KwAction
	KwAdd
	KwAdmin
	KwAfter
	KwAggregate
	KwAll
	KwAlso
	KwAlter
	KwAlways
	KwAnalyse
	KwAnalyze
	KwAnd
	KwAny
	KwArray
	KwAs
	KwAsc
	KwAsensitive
	KwAssertion
	KwAssignment
	KwAsymmetric
	KwAt
	KwAtomic
	KwAttach
	KwAttribute
	KwAuthorization
	KwBackward
	KwBefore
	KwBegin
	KwBetween
	KwBigint
	KwBinary
	KwBit
	KwBoolean
	KwBoth
	KwBreadth
	KwBy
	KwCache
	KwCall
	KwCalled
	KwCascade
	KwCascaded
	KwCase
	KwCast
	KwCatalog
	KwChain
	KwChar
	KwCharacter
	KwCharacteristics
	KwCheck
	KwCheckpoint
	KwClass
	KwClose
	KwCluster
	KwCoalesce
	KwCollate
	KwCollation
	KwColumn
	KwColumns
	KwComment
	KwComments
	KwCommit
	KwCommitted
	KwCompression
	KwConcurrently
	KwConfiguration
	KwConflict
	KwConnection
	KwConstraint
	KwConstraints
	KwContent
	KwContinue
	KwConversion
	KwCopy
	KwCost
	KwCreate
	KwCross
	KwCsv
	KwCube
	KwCurrent
	KwCurrentCatalog
	KwCurrentDate
	KwCurrentRole
	KwCurrentSchema
	KwCurrentTime
	KwCurrentTimestamp
	KwCurrentUser
	KwCursor
	KwCycle
	KwData
	KwDatabase
	KwDay
	KwDeallocate
	KwDec
	KwDecimal
	KwDeclare
	KwDefault
	KwDefaults
	KwDeferrable
	KwDeferred
	KwDefiner
	KwDelete
	KwDelimiter
	KwDelimiters
	KwDepends
	KwDepth
	KwDesc
	KwDetach
	KwDictionary
	KwDisable
	KwDiscard
	KwDistinct
	KwDo
	KwDocument
	KwDomain
	KwDouble
	KwDrop
	KwEach
	KwElse
	KwEnable
	KwEncoding
	KwEncrypted
	KwEnd
	KwEnum
	KwEscape
	KwEvent
	KwExcept
	KwExclude
	KwExcluding
	KwExclusive
	KwExecute
	KwExists
	KwExplain
	KwExpression
	KwExtension
	KwExternal
	KwExtract
	KwFalse
	KwFamily
	KwFetch
	KwFilter
	KwFinalize
	KwFirst
	KwFloat
	KwFollowing
	KwFor
	KwForce
	KwForeign
	KwForward
	KwFreeze
	KwFrom
	KwFull
	KwFunction
	KwFunctions
	KwGenerated
	KwGlobal
	KwGrant
	KwGranted
	KwGreatest
	KwGroup
	KwGrouping
	KwGroups
	KwHandler
	KwHaving
	KwHeader
	KwHold
	KwHour
	KwIdentity
	KwIf
	KwIlike
	KwImmediate
	KwImmutable
	KwImplicit
	KwImport
	KwIn
	KwInclude
	KwIncluding
	KwIncrement
	KwIndex
	KwIndexes
	KwInherit
	KwInherits
	KwInitially
	KwInline
	KwInner
	KwInout
	KwInput
	KwInsensitive
	KwInsert
	KwInstead
	KwInt
	KwInteger
	KwIntersect
	KwInterval
	KwInto
	KwInvoker
	KwIs
	KwIsnull
	KwIsolation
	KwJoin
	KwKey
	KwLabel
	KwLanguage
	KwLarge
	KwLast
	KwLateral
	KwLeading
	KwLeakproof
	KwLeast
	KwLeft
	KwLevel
	KwLike
	KwLimit
	KwListen
	KwLoad
	KwLocal
	KwLocaltime
	KwLocaltimestamp
	KwLocation
	KwLock
	KwLocked
	KwLogged
	KwMapping
	KwMatch
	KwMatched
	KwMaterialized
	KwMaxvalue
	KwMerge
	KwMethod
	KwMinute
	KwMinvalue
	KwMode
	KwMonth
	KwMove
	KwName
	KwNames
	KwNational
	KwNatural
	KwNchar
	KwNew
	KwNext
	KwNfc
	KwNfd
	KwNfkc
	KwNfkd
	KwNo
	KwNone
	KwNormalize
	KwNormalized
	KwNot
	KwNothing
	KwNotify
	KwNotnull
	KwNowait
	KwNull
	KwNullif
	KwNulls
	KwNumeric
	KwObject
	KwOf
	KwOff
	KwOffset
	KwOids
	KwOld
	KwOn
	KwOnly
	KwOperator
	KwOption
	KwOptions
	KwOr
	KwOrder
	KwOrdinality
	KwOthers
	KwOut
	KwOuter
	KwOver
	KwOverlaps
	KwOverlay
	KwOverriding
	KwOwned
	KwOwner
	KwParallel
	KwParameter
	KwParser
	KwPartial
	KwPartition
	KwPassing
	KwPassword
	KwPlacing
	KwPlans
	KwPolicy
	KwPosition
	KwPreceding
	KwPrecision
	KwPrepare
	KwPrepared
	KwPreserve
	KwPrimary
	KwPrior
	KwPrivileges
	KwProcedural
	KwProcedure
	KwProcedures
	KwProgram
	KwPublication
	KwQuote
	KwRange
	KwRead
	KwReal
	KwReassign
	KwRecheck
	KwRecursive
	KwRef
	KwReferences
	KwReferencing
	KwRefresh
	KwReindex
	KwRelative
	KwRelease
	KwRename
	KwRepeatable
	KwReplace
	KwReplica
	KwReset
	KwRestart
	KwRestrict
	KwReturn
	KwReturning
	KwReturns
	KwRevoke
	KwRight
	KwRole
	KwRollback
	KwRollup
	KwRoutine
	KwRoutines
	KwRow
	KwRows
	KwRule
	KwSavepoint
	KwSchema
	KwSchemas
	KwScroll
	KwSearch
	KwSecond
	KwSecurity
	KwSelect
	KwSequence
	KwSequences
	KwSerializable
	KwServer
	KwSession
	KwSessionUser
	KwSet
	KwSetof
	KwSets
	KwShare
	KwShow
	KwSimilar
	KwSimple
	KwSkip
	KwSmallint
	KwSnapshot
	KwSome
	KwSql
	KwStable
	KwStandalone
	KwStart
	KwStatement
	KwStatistics
	KwStdin
	KwStdout
	KwStorage
	KwStored
	KwStrict
	KwStrip
	KwSubscription
	KwSubstring
	KwSupport
	KwSymmetric
	KwSysid
	KwSystem
	KwTable
	KwTables
	KwTablesample
	KwTablespace
	KwTemp
	KwTemplate
	KwTemporary
	KwText
	KwThen
	KwTies
	KwTime
	KwTimestamp
	KwTo
	KwTrailing
	KwTransaction
	KwTransform
	KwTreat
	KwTrigger
	KwTrim
	KwTrue
	KwTruncate
	KwTrusted
	KwType
	KwTypes
	KwUescape
	KwUnbounded
	KwUncommitted
	KwUnencrypted
	KwUnion
	KwUnique
	KwUnknown
	KwUnlisten
	KwUnlogged
	KwUntil
	KwUpdate
	KwUser
	KwUsing
	KwVacuum
	KwValid
	KwValidate
	KwValidator
	KwValue
	KwValues
	KwVarchar
	KwVariadic
	KwVarying
	KwVerbose
	KwVersion
	KwView
	KwViews
	KwVolatile
	KwWhen
	KwWhere
	KwWhitespace
	KwWindow
	KwWith
	KwWithin
	KwWithout
	KwWork
	KwWrapper
	KwWrite
	KwXml
	KwXmlattributes
	KwXmlconcat
	KwXmlelement
	KwXmlexists
	KwXmlforest
	KwXmlnamespaces
	KwXmlparse
	KwXmlpi
	KwXmlroot
	KwXmlserialize
	KwXmltable
	KwYear
	KwYes
	KwZone
	keywordCount
)

// keywordTable is indexed by Keyword.
var keywordTable = [keywordCount]keywordInfo{
	KwAbort:            {"abort", Unreserved, true},
	KwAbsolute:         {"absolute", Unreserved, true},
	KwAccess:           {"access", Unreserved, true},
	KwAction:           {"action", Unreserved, true},
	KwAdd:              {"add", Unreserved, true},
	KwAdmin:            {"admin", Unreserved, true},
	KwAfter:            {"after", Unreserved, true},
	KwAggregate:        {"aggregate", Unreserved, true},
	KwAll:              {"all", Reserved, true},
	KwAlso:             {"also", Unreserved, true},
	KwAlter:            {"alter", Unreserved, true},
	KwAlways:           {"always", Unreserved, true},
	KwAnalyse:          {"analyse", Reserved, true},
	KwAnalyze:          {"analyze", Reserved, true},
	KwAnd:              {"and", Reserved, true},
	KwAny:              {"any", Reserved, true},
	KwArray:            {"array", Reserved, false},
	KwAs:               {"as", Reserved, false},
	KwAsc:              {"asc", Reserved, true},
	KwAsensitive:       {"asensitive", Unreserved, true},
	KwAssertion:        {"assertion", Unreserved, true},
	KwAssignment:       {"assignment", Unreserved, true},
	KwAsymmetric:       {"asymmetric", Reserved, true},
	KwAt:               {"at", Unreserved, true},
	KwAtomic:           {"atomic", Unreserved, true},
	KwAttach:           {"attach", Unreserved, true},
	KwAttribute:        {"attribute", Unreserved, true},
	KwAuthorization:    {"authorization", TypeFunctionName, true},
	KwBackward:         {"backward", Unreserved, true},
	KwBefore:           {"before", Unreserved, true},
	KwBegin:            {"begin", Unreserved, true},
	KwBetween:          {"between", ColumnName, true},
	KwBigint:           {"bigint", ColumnName, true},
	KwBinary:           {"binary", TypeFunctionName, true},
	KwBit:              {"bit", ColumnName, true},
	KwBoolean:          {"boolean", ColumnName, true},
	KwBoth:             {"both", Reserved, true},
	KwBreadth:          {"breadth", Unreserved, true},
	KwBy:               {"by", Unreserved, true},
	KwCache:            {"cache", Unreserved, true},
	KwCall:             {"call", Unreserved, true},
	KwCalled:           {"called", Unreserved, true},
	KwCascade:          {"cascade", Unreserved, true},
	KwCascaded:         {"cascaded", Unreserved, true},
	KwCase:             {"case", Reserved, true},
	KwCast:             {"cast", Reserved, true},
	KwCatalog:          {"catalog", Unreserved, true},
	KwChain:            {"chain", Unreserved, true},
	KwChar:             {"char", ColumnName, false},
	KwCharacter:        {"character", ColumnName, false},
	KwCharacteristics:  {"characteristics", Unreserved, true},
	KwCheck:            {"check", Reserved, true},
	KwCheckpoint:       {"checkpoint", Unreserved, true},
	KwClass:            {"class", Unreserved, true},
	KwClose:            {"close", Unreserved, true},
	KwCluster:          {"cluster", Unreserved, true},
	KwCoalesce:         {"coalesce", ColumnName, true},
	KwCollate:          {"collate", Reserved, true},
	KwCollation:        {"collation", TypeFunctionName, true},
	KwColumn:           {"column", Reserved, true},
	KwColumns:          {"columns", Unreserved, true},
	KwComment:          {"comment", Unreserved, true},
	KwComments:         {"comments", Unreserved, true},
	KwCommit:           {"commit", Unreserved, true},
	KwCommitted:        {"committed", Unreserved, true},
	KwCompression:      {"compression", Unreserved, true},
	KwConcurrently:     {"concurrently", TypeFunctionName, true},
	KwConfiguration:    {"configuration", Unreserved, true},
	KwConflict:         {"conflict", Unreserved, true},
	KwConnection:       {"connection", Unreserved, true},
	KwConstraint:       {"constraint", Reserved, true},
	KwConstraints:      {"constraints", Unreserved, true},
	KwContent:          {"content", Unreserved, true},
	KwContinue:         {"continue", Unreserved, true},
	KwConversion:       {"conversion", Unreserved, true},
	KwCopy:             {"copy", Unreserved, true},
	KwCost:             {"cost", Unreserved, true},
	KwCreate:           {"create", Reserved, false},
	KwCross:            {"cross", TypeFunctionName, true},
	KwCsv:              {"csv", Unreserved, true},
	KwCube:             {"cube", Unreserved, true},
	KwCurrent:          {"current", Unreserved, true},
	KwCurrentCatalog:   {"current_catalog", Reserved, true},
	KwCurrentDate:      {"current_date", Reserved, true},
	KwCurrentRole:      {"current_role", Reserved, true},
	KwCurrentSchema:    {"current_schema", TypeFunctionName, true},
	KwCurrentTime:      {"current_time", Reserved, true},
	KwCurrentTimestamp: {"current_timestamp", Reserved, true},
	KwCurrentUser:      {"current_user", Reserved, true},
	KwCursor:           {"cursor", Unreserved, true},
	KwCycle:            {"cycle", Unreserved, true},
	KwData:             {"data", Unreserved, true},
	KwDatabase:         {"database", Unreserved, true},
	KwDay:              {"day", Unreserved, false},
	KwDeallocate:       {"deallocate", Unreserved, true},
	KwDec:              {"dec", ColumnName, true},
	KwDecimal:          {"decimal", ColumnName, true},
	KwDeclare:          {"declare", Unreserved, true},
	KwDefault:          {"default", Reserved, true},
	KwDefaults:         {"defaults", Unreserved, true},
	KwDeferrable:       {"deferrable", Reserved, true},
	KwDeferred:         {"deferred", Unreserved, true},
	KwDefiner:          {"definer", Unreserved, true},
	KwDelete:           {"delete", Unreserved, true},
	KwDelimiter:        {"delimiter", Unreserved, true},
	KwDelimiters:       {"delimiters", Unreserved, true},
	KwDepends:          {"depends", Unreserved, true},
	KwDepth:            {"depth", Unreserved, true},
	KwDesc:             {"desc", Reserved, true},
	KwDetach:           {"detach", Unreserved, true},
	KwDictionary:       {"dictionary", Unreserved, true},
	KwDisable:          {"disable", Unreserved, true},
	KwDiscard:          {"discard", Unreserved, true},
	KwDistinct:         {"distinct", Reserved, true},
	KwDo:               {"do", Reserved, true},
	KwDocument:         {"document", Unreserved, true},
	KwDomain:           {"domain", Unreserved, true},
	KwDouble:           {"double", Unreserved, true},
	KwDrop:             {"drop", Unreserved, true},
	KwEach:             {"each", Unreserved, true},
	KwElse:             {"else", Reserved, true},
	KwEnable:           {"enable", Unreserved, true},
	KwEncoding:         {"encoding", Unreserved, true},
	KwEncrypted:        {"encrypted", Unreserved, true},
	KwEnd:              {"end", Reserved, true},
	KwEnum:             {"enum", Unreserved, true},
	KwEscape:           {"escape", Unreserved, true},
	KwEvent:            {"event", Unreserved, true},
	KwExcept:           {"except", Reserved, false},
	KwExclude:          {"exclude", Unreserved, true},
	KwExcluding:        {"excluding", Unreserved, true},
	KwExclusive:        {"exclusive", Unreserved, true},
	KwExecute:          {"execute", Unreserved, true},
	KwExists:           {"exists", ColumnName, true},
	KwExplain:          {"explain", Unreserved, true},
	KwExpression:       {"expression", Unreserved, true},
	KwExtension:        {"extension", Unreserved, true},
	KwExternal:         {"external", Unreserved, true},
	KwExtract:          {"extract", ColumnName, true},
	KwFalse:            {"false", Reserved, true},
	KwFamily:           {"family", Unreserved, true},
	KwFetch:            {"fetch", Reserved, false},
	KwFilter:           {"filter", Unreserved, false},
	KwFinalize:         {"finalize", Unreserved, true},
	KwFirst:            {"first", Unreserved, true},
	KwFloat:            {"float", ColumnName, true},
	KwFollowing:        {"following", Unreserved, true},
	KwFor:              {"for", Reserved, false},
	KwForce:            {"force", Unreserved, true},
	KwForeign:          {"foreign", Reserved, true},
	KwForward:          {"forward", Unreserved, true},
	KwFreeze:           {"freeze", TypeFunctionName, true},
	KwFrom:             {"from", Reserved, false},
	KwFull:             {"full", TypeFunctionName, true},
	KwFunction:         {"function", Unreserved, true},
	KwFunctions:        {"functions", Unreserved, true},
	KwGenerated:        {"generated", Unreserved, true},
	KwGlobal:           {"global", Unreserved, true},
	KwGrant:            {"grant", Reserved, false},
	KwGranted:          {"granted", Unreserved, true},
	KwGreatest:         {"greatest", ColumnName, true},
	KwGroup:            {"group", Reserved, false},
	KwGrouping:         {"grouping", ColumnName, true},
	KwGroups:           {"groups", Unreserved, true},
	KwHandler:          {"handler", Unreserved, true},
	KwHaving:           {"having", Reserved, false},
	KwHeader:           {"header", Unreserved, true},
	KwHold:             {"hold", Unreserved, true},
	KwHour:             {"hour", Unreserved, false},
	KwIdentity:         {"identity", Unreserved, true},
	KwIf:               {"if", Unreserved, true},
	KwIlike:            {"ilike", TypeFunctionName, true},
	KwImmediate:        {"immediate", Unreserved, true},
	KwImmutable:        {"immutable", Unreserved, true},
	KwImplicit:         {"implicit", Unreserved, true},
	KwImport:           {"import", Unreserved, true},
	KwIn:               {"in", Reserved, true},
	KwInclude:          {"include", Unreserved, true},
	KwIncluding:        {"including", Unreserved, true},
	KwIncrement:        {"increment", Unreserved, true},
	KwIndex:            {"index", Unreserved, true},
	KwIndexes:          {"indexes", Unreserved, true},
	KwInherit:          {"inherit", Unreserved, true},
	KwInherits:         {"inherits", Unreserved, true},
	KwInitially:        {"initially", Reserved, true},
	KwInline:           {"inline", Unreserved, true},
	KwInner:            {"inner", TypeFunctionName, true},
	KwInout:            {"inout", ColumnName, true},
	KwInput:            {"input", Unreserved, true},
	KwInsensitive:      {"insensitive", Unreserved, true},
	KwInsert:           {"insert", Unreserved, true},
	KwInstead:          {"instead", Unreserved, true},
	KwInt:              {"int", ColumnName, true},
	KwInteger:          {"integer", ColumnName, true},
	KwIntersect:        {"intersect", Reserved, false},
	KwInterval:         {"interval", ColumnName, true},
	KwInto:             {"into", Reserved, false},
	KwInvoker:          {"invoker", Unreserved, true},
	KwIs:               {"is", TypeFunctionName, true},
	KwIsnull:           {"isnull", TypeFunctionName, false},
	KwIsolation:        {"isolation", Unreserved, true},
	KwJoin:             {"join", TypeFunctionName, true},
	KwKey:              {"key", Unreserved, true},
	KwLabel:            {"label", Unreserved, true},
	KwLanguage:         {"language", Unreserved, true},
	KwLarge:            {"large", Unreserved, true},
	KwLast:             {"last", Unreserved, true},
	KwLateral:          {"lateral", Reserved, true},
	KwLeading:          {"leading", Reserved, true},
	KwLeakproof:        {"leakproof", Unreserved, true},
	KwLeast:            {"least", ColumnName, true},
	KwLeft:             {"left", TypeFunctionName, true},
	KwLevel:            {"level", Unreserved, true},
	KwLike:             {"like", TypeFunctionName, true},
	KwLimit:            {"limit", Reserved, false},
	KwListen:           {"listen", Unreserved, true},
	KwLoad:             {"load", Unreserved, true},
	KwLocal:            {"local", Unreserved, true},
	KwLocaltime:        {"localtime", Reserved, true},
	KwLocaltimestamp:   {"localtimestamp", Reserved, true},
	KwLocation:         {"location", Unreserved, true},
	KwLock:             {"lock", Unreserved, true},
	KwLocked:           {"locked", Unreserved, true},
	KwLogged:           {"logged", Unreserved, true},
	KwMapping:          {"mapping", Unreserved, true},
	KwMatch:            {"match", Unreserved, true},
	KwMatched:          {"matched", Unreserved, true},
	KwMaterialized:     {"materialized", Unreserved, true},
	KwMaxvalue:         {"maxvalue", Unreserved, true},
	KwMerge:            {"merge", Unreserved, true},
	KwMethod:           {"method", Unreserved, true},
	KwMinute:           {"minute", Unreserved, false},
	KwMinvalue:         {"minvalue", Unreserved, true},
	KwMode:             {"mode", Unreserved, true},
	KwMonth:            {"month", Unreserved, false},
	KwMove:             {"move", Unreserved, true},
	KwName:             {"name", Unreserved, true},
	KwNames:            {"names", Unreserved, true},
	KwNational:         {"national", ColumnName, true},
	KwNatural:          {"natural", TypeFunctionName, true},
	KwNchar:            {"nchar", ColumnName, true},
	KwNew:              {"new", Unreserved, true},
	KwNext:             {"next", Unreserved, true},
	KwNfc:              {"nfc", Unreserved, true},
	KwNfd:              {"nfd", Unreserved, true},
	KwNfkc:             {"nfkc", Unreserved, true},
	KwNfkd:             {"nfkd", Unreserved, true},
	KwNo:               {"no", Unreserved, true},
	KwNone:             {"none", ColumnName, true},
	KwNormalize:        {"normalize", ColumnName, true},
	KwNormalized:       {"normalized", Unreserved, true},
	KwNot:              {"not", Reserved, true},
	KwNothing:          {"nothing", Unreserved, true},
	KwNotify:           {"notify", Unreserved, true},
	KwNotnull:          {"notnull", TypeFunctionName, false},
	KwNowait:           {"nowait", Unreserved, true},
	KwNull:             {"null", Reserved, true},
	KwNullif:           {"nullif", ColumnName, true},
	KwNulls:            {"nulls", Unreserved, true},
	KwNumeric:          {"numeric", ColumnName, true},
	KwObject:           {"object", Unreserved, true},
	KwOf:               {"of", Unreserved, true},
	KwOff:              {"off", Unreserved, true},
	KwOffset:           {"offset", Reserved, false},
	KwOids:             {"oids", Unreserved, true},
	KwOld:              {"old", Unreserved, true},
	KwOn:               {"on", Reserved, false},
	KwOnly:             {"only", Reserved, true},
	KwOperator:         {"operator", Unreserved, true},
	KwOption:           {"option", Unreserved, true},
	KwOptions:          {"options", Unreserved, true},
	KwOr:               {"or", Reserved, true},
	KwOrder:            {"order", Reserved, false},
	KwOrdinality:       {"ordinality", Unreserved, true},
	KwOthers:           {"others", Unreserved, true},
	KwOut:              {"out", ColumnName, true},
	KwOuter:            {"outer", TypeFunctionName, true},
	KwOver:             {"over", Unreserved, false},
	KwOverlaps:         {"overlaps", TypeFunctionName, false},
	KwOverlay:          {"overlay", ColumnName, true},
	KwOverriding:       {"overriding", Unreserved, true},
	KwOwned:            {"owned", Unreserved, true},
	KwOwner:            {"owner", Unreserved, true},
	KwParallel:         {"parallel", Unreserved, true},
	KwParameter:        {"parameter", Unreserved, true},
	KwParser:           {"parser", Unreserved, true},
	KwPartial:          {"partial", Unreserved, true},
	KwPartition:        {"partition", Unreserved, true},
	KwPassing:          {"passing", Unreserved, true},
	KwPassword:         {"password", Unreserved, true},
	KwPlacing:          {"placing", Reserved, true},
	KwPlans:            {"plans", Unreserved, true},
	KwPolicy:           {"policy", Unreserved, true},
	KwPosition:         {"position", ColumnName, true},
	KwPreceding:        {"preceding", Unreserved, true},
	KwPrecision:        {"precision", ColumnName, false},
	KwPrepare:          {"prepare", Unreserved, true},
	KwPrepared:         {"prepared", Unreserved, true},
	KwPreserve:         {"preserve", Unreserved, true},
	KwPrimary:          {"primary", Reserved, true},
	KwPrior:            {"prior", Unreserved, true},
	KwPrivileges:       {"privileges", Unreserved, true},
	KwProcedural:       {"procedural", Unreserved, true},
	KwProcedure:        {"procedure", Unreserved, true},
	KwProcedures:       {"procedures", Unreserved, true},
	KwProgram:          {"program", Unreserved, true},
	KwPublication:      {"publication", Unreserved, true},
	KwQuote:            {"quote", Unreserved, true},
	KwRange:            {"range", Unreserved, true},
	KwRead:             {"read", Unreserved, true},
	KwReal:             {"real", ColumnName, true},
	KwReassign:         {"reassign", Unreserved, true},
	KwRecheck:          {"recheck", Unreserved, true},
	KwRecursive:        {"recursive", Unreserved, true},
	KwRef:              {"ref", Unreserved, true},
	KwReferences:       {"references", Reserved, true},
	KwReferencing:      {"referencing", Unreserved, true},
	KwRefresh:          {"refresh", Unreserved, true},
	KwReindex:          {"reindex", Unreserved, true},
	KwRelative:         {"relative", Unreserved, true},
	KwRelease:          {"release", Unreserved, true},
	KwRename:           {"rename", Unreserved, true},
	KwRepeatable:       {"repeatable", Unreserved, true},
	KwReplace:          {"replace", Unreserved, true},
	KwReplica:          {"replica", Unreserved, true},
	KwReset:            {"reset", Unreserved, true},
	KwRestart:          {"restart", Unreserved, true},
	KwRestrict:         {"restrict", Unreserved, true},
	KwReturn:           {"return", Unreserved, true},
	KwReturning:        {"returning", Reserved, false},
	KwReturns:          {"returns", Unreserved, true},
	KwRevoke:           {"revoke", Unreserved, true},
	KwRight:            {"right", TypeFunctionName, true},
	KwRole:             {"role", Unreserved, true},
	KwRollback:         {"rollback", Unreserved, true},
	KwRollup:           {"rollup", Unreserved, true},
	KwRoutine:          {"routine", Unreserved, true},
	KwRoutines:         {"routines", Unreserved, true},
	KwRow:              {"row", ColumnName, true},
	KwRows:             {"rows", Unreserved, true},
	KwRule:             {"rule", Unreserved, true},
	KwSavepoint:        {"savepoint", Unreserved, true},
	KwSchema:           {"schema", Unreserved, true},
	KwSchemas:          {"schemas", Unreserved, true},
	KwScroll:           {"scroll", Unreserved, true},
	KwSearch:           {"search", Unreserved, true},
	KwSecond:           {"second", Unreserved, false},
	KwSecurity:         {"security", Unreserved, true},
	KwSelect:           {"select", Reserved, true},
	KwSequence:         {"sequence", Unreserved, true},
	KwSequences:        {"sequences", Unreserved, true},
	KwSerializable:     {"serializable", Unreserved, true},
	KwServer:           {"server", Unreserved, true},
	KwSession:          {"session", Unreserved, true},
	KwSessionUser:      {"session_user", Reserved, true},
	KwSet:              {"set", Unreserved, true},
	KwSetof:            {"setof", ColumnName, true},
	KwSets:             {"sets", Unreserved, true},
	KwShare:            {"share", Unreserved, true},
	KwShow:             {"show", Unreserved, true},
	KwSimilar:          {"similar", TypeFunctionName, true},
	KwSimple:           {"simple", Unreserved, true},
	KwSkip:             {"skip", Unreserved, true},
	KwSmallint:         {"smallint", ColumnName, true},
	KwSnapshot:         {"snapshot", Unreserved, true},
	KwSome:             {"some", Reserved, true},
	KwSql:              {"sql", Unreserved, true},
	KwStable:           {"stable", Unreserved, true},
	KwStandalone:       {"standalone", Unreserved, true},
	KwStart:            {"start", Unreserved, true},
	KwStatement:        {"statement", Unreserved, true},
	KwStatistics:       {"statistics", Unreserved, true},
	KwStdin:            {"stdin", Unreserved, true},
	KwStdout:           {"stdout", Unreserved, true},
	KwStorage:          {"storage", Unreserved, true},
	KwStored:           {"stored", Unreserved, true},
	KwStrict:           {"strict", Unreserved, true},
	KwStrip:            {"strip", Unreserved, true},
	KwSubscription:     {"subscription", Unreserved, true},
	KwSubstring:        {"substring", ColumnName, true},
	KwSupport:          {"support", Unreserved, true},
	KwSymmetric:        {"symmetric", Reserved, true},
	KwSysid:            {"sysid", Unreserved, true},
	KwSystem:           {"system", Unreserved, true},
	KwTable:            {"table", Reserved, true},
	KwTables:           {"tables", Unreserved, true},
	KwTablesample:      {"tablesample", TypeFunctionName, true},
	KwTablespace:       {"tablespace", Unreserved, true},
	KwTemp:             {"temp", Unreserved, true},
	KwTemplate:         {"template", Unreserved, true},
	KwTemporary:        {"temporary", Unreserved, true},
	KwText:             {"text", Unreserved, true},
	KwThen:             {"then", Reserved, true},
	KwTies:             {"ties", Unreserved, true},
	KwTime:             {"time", ColumnName, true},
	KwTimestamp:        {"timestamp", ColumnName, true},
	KwTo:               {"to", Reserved, false},
	KwTrailing:         {"trailing", Reserved, true},
	KwTransaction:      {"transaction", Unreserved, true},
	KwTransform:        {"transform", Unreserved, true},
	KwTreat:            {"treat", ColumnName, true},
	KwTrigger:          {"trigger", Unreserved, true},
	KwTrim:             {"trim", ColumnName, true},
	KwTrue:             {"true", Reserved, true},
	KwTruncate:         {"truncate", Unreserved, true},
	KwTrusted:          {"trusted", Unreserved, true},
	KwType:             {"type", Unreserved, true},
	KwTypes:            {"types", Unreserved, true},
	KwUescape:          {"uescape", Unreserved, true},
	KwUnbounded:        {"unbounded", Unreserved, true},
	KwUncommitted:      {"uncommitted", Unreserved, true},
	KwUnencrypted:      {"unencrypted", Unreserved, true},
	KwUnion:            {"union", Reserved, false},
	KwUnique:           {"unique", Reserved, true},
	KwUnknown:          {"unknown", Unreserved, true},
	KwUnlisten:         {"unlisten", Unreserved, true},
	KwUnlogged:         {"unlogged", Unreserved, true},
	KwUntil:            {"until", Unreserved, true},
	KwUpdate:           {"update", Unreserved, true},
	KwUser:             {"user", Reserved, true},
	KwUsing:            {"using", Reserved, true},
	KwVacuum:           {"vacuum", Unreserved, true},
	KwValid:            {"valid", Unreserved, true},
	KwValidate:         {"validate", Unreserved, true},
	KwValidator:        {"validator", Unreserved, true},
	KwValue:            {"value", Unreserved, true},
	KwValues:           {"values", ColumnName, true},
	KwVarchar:          {"varchar", ColumnName, true},
	KwVariadic:         {"variadic", Reserved, true},
	KwVarying:          {"varying", Unreserved, false},
	KwVerbose:          {"verbose", TypeFunctionName, true},
	KwVersion:          {"version", Unreserved, true},
	KwView:             {"view", Unreserved, true},
	KwViews:            {"views", Unreserved, true},
	KwVolatile:         {"volatile", Unreserved, true},
	KwWhen:             {"when", Reserved, true},
	KwWhere:            {"where", Reserved, false},
	KwWhitespace:       {"whitespace", Unreserved, true},
	KwWindow:           {"window", Reserved, false},
	KwWith:             {"with", Reserved, false},
	KwWithin:           {"within", Unreserved, false},
	KwWithout:          {"without", Unreserved, false},
	KwWork:             {"work", Unreserved, true},
	KwWrapper:          {"wrapper", Unreserved, true},
	KwWrite:            {"write", Unreserved, true},
	KwXml:              {"xml", Unreserved, true},
	KwXmlattributes:    {"xmlattributes", ColumnName, true},
	KwXmlconcat:        {"xmlconcat", ColumnName, true},
	KwXmlelement:       {"xmlelement", ColumnName, true},
	KwXmlexists:        {"xmlexists", ColumnName, true},
	KwXmlforest:        {"xmlforest", ColumnName, true},
	KwXmlnamespaces:    {"xmlnamespaces", ColumnName, true},
	KwXmlparse:         {"xmlparse", ColumnName, true},
	KwXmlpi:            {"xmlpi", ColumnName, true},
	KwXmlroot:          {"xmlroot", ColumnName, true},
	KwXmlserialize:     {"xmlserialize", ColumnName, true},
	KwXmltable:         {"xmltable", ColumnName, true},
	KwYear:             {"year", Unreserved, false},
	KwYes:              {"yes", Unreserved, true},
	KwZone:             {"zone", Unreserved, true},
}
