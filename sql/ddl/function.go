package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func createFunction(ctx context.Context, c *Context, s *ast.CreateFunction) error {
	f, err := c.describeFunction(ctx, s)
	if err != nil {
		return err
	}
	olds, err := c.Catalog.Functions(f.Schema, f.Name)
	if err != nil {
		return err
	}
	for _, o := range olds {
		if !sameTypes(inputTypes(o), inputTypes(f)) {
			continue
		}
		if !s.OrReplace {
			return pgerr.Newf(pgerr.DuplicateFunction, "function %q already exists with same argument types", f.Name)
		}
		if !o.Ret.Is(f.Ret) {
			return pgerr.New(pgerr.InvalidFunctionDefinition, "cannot change return type of existing function").
				WithHintf("Use DROP FUNCTION %s first.", f.Name)
		}
		if err := c.ownsFunction(o); err != nil {
			return err
		}
		f.OID, f.Versioned, f.Owner, f.ACL, f.Comment = o.OID, o.Versioned, o.Owner, o.ACL, o.Comment
	}
	return c.Catalog.PutFunction(ctx, f)
}

func (c *Context) describeFunction(ctx context.Context, s *ast.CreateFunction) (*catalog.Function, error) {
	switch {
	case s.Procedure:
		return nil, unsupported("CREATE PROCEDURE")
	case s.Language != "" && s.Language != "sql":
		return nil, pgerr.Newf(pgerr.UndefinedObject, "language %q does not exist", s.Language)
	case s.Atomic || len(s.Body) > 1 || len(s.Body) == 0 && s.ReturnExpr == nil:
		return nil, unsupported("this form of function body")
	case len(s.ReturnsTable) > 0:
		return nil, unsupported("RETURNS TABLE")
	}
	schema, err := c.creationSchema(ctx, s.Name, ast.Permanent)
	if err != nil {
		return nil, err
	}
	if err := c.mayUseLanguage("sql"); err != nil {
		return nil, err
	}
	oid, err := c.Store.NewOID(ctx)
	if err != nil {
		return nil, err
	}
	f := &catalog.Function{OID: oid, Name: s.Name.Name, Schema: schema.OID, Owner: c.Auth.OID, Language: "sql", Kind: 'f',
		Strict: s.NullInput == ast.ReturnsNullOnNullInput, Volatility: 'v', SecDef: s.Security == ast.SecurityDefiner}
	if f.ACL, err = acl.ForNew(c.Catalog, acl.Function, f.Owner, f.Schema); err != nil {
		return nil, err
	}
	switch s.Volatility {
	case ast.Immutable:
		f.Volatility = 'i'
	case ast.Stable:
		f.Volatility = 's'
	}
	if s.ReturnExpr != nil {
		f.Body = "SELECT " + ast.Print(s.ReturnExpr)
	} else {
		f.Body = s.Body[0]
	}
	for _, p := range s.Params {
		if p.Mode != ast.ParamDefault && p.Mode != ast.ParamIn {
			return nil, unsupported("a function parameter that is not IN")
		}
		t, _, err := c.usableType(p.Type)
		if err != nil {
			return nil, err
		}
		f.ArgNames, f.ArgTypes, f.ArgModes = append(f.ArgNames, p.Name), append(f.ArgTypes, t), append(f.ArgModes, 'i')
		if p.Default != nil {
			f.Defaults = append(f.Defaults, ast.Print(p.Default))
		}
	}
	if s.Returns == nil {
		return nil, pgerr.New(pgerr.InvalidFunctionDefinition, "function result type must be specified")
	}
	f.RetSet = s.Returns.Setof
	f.Ret, _, err = c.usableType(s.Returns)
	return f, err
}

func inputTypes(f *catalog.Function) []*types.T { return f.ArgTypes }

func sameTypes(a, b []*types.T) bool {
	return slices.EqualFunc(a, b, func(x, y *types.T) bool { return x.Is(y) })
}

func (c *Context) dropFunctions(ctx context.Context, s *ast.Drop) error {
	for _, sig := range s.Functions {
		f, err := c.findFunction(sig)
		if err != nil {
			if s.IfExists && pgerr.Code(err) == pgerr.UndefinedFunction {
				c.notice("NOTICE", pgerr.SuccessfulCompletion, "function %s() does not exist, skipping", strings.Join(sig.Name.Parts(), "."))
				continue
			}
			return err
		}
		if err := c.mayDropFunction(f, sig.Name); err != nil {
			return err
		}
		if err := c.functionUsers(ctx, f, s.Behavior == ast.DropCascade); err != nil {
			return err
		}
		if err := c.Catalog.DropFunction(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// functionUsers drops, or names in its refusal, the views that call a function.
func (c *Context) functionUsers(ctx context.Context, f *catalog.Function, cascade bool) error {
	all, err := c.Catalog.Tables()
	if err != nil {
		return err
	}
	words := make([]string, len(f.ArgTypes))
	for i, t := range f.ArgTypes {
		words[i] = types.FormatType(t, -1)
	}
	on := "function " + f.Name + "(" + strings.Join(words, ",") + ")"
	d := &dropper{c: c, cascade: cascade, refusedOn: on}
	for _, o := range all {
		if o.Kind != catalog.KindView || !slices.Contains(o.Uses, f.OID) {
			continue
		}
		if !cascade {
			d.refused = append(d.refused, "view "+o.Name+" depends on "+on)
			continue
		}
		d.cascaded = append(d.cascaded, "view "+o.Name)
		if err := d.relation(ctx, o.OID); err != nil {
			return err
		}
	}
	return d.report()
}

func (c *Context) findFunction(sig *ast.FunctionSignature) (*catalog.Function, error) {
	var args []*types.T
	for _, p := range sig.Params {
		t, _, err := c.Internal.ResolveType(p.Type)
		if err != nil {
			return nil, err
		}
		args = append(args, t)
	}
	var found []*catalog.Function
	schemas := c.path()
	if sig.Name.Schema != "" {
		schemas = nil
		if s := c.Catalog.SchemaByName(sig.Name.Schema); s != nil {
			if err := c.Auth.RequireSchema(s, acl.Usage); err != nil {
				return nil, err
			}
			schemas = append(schemas, s)
		}
	}
	for _, schema := range schemas {
		fs, err := c.Catalog.Functions(schema.OID, sig.Name.Name)
		if err != nil {
			return nil, err
		}
		for _, f := range fs {
			if sig.NoArgs || sameTypes(inputTypes(f), args) {
				found = append(found, f)
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		names := make([]string, len(args))
		for i, t := range args {
			names[i] = types.FormatType(t, -1)
		}
		return nil, pgerr.Newf(pgerr.UndefinedFunction, "function %s(%s) does not exist", strings.Join(sig.Name.Parts(), "."), strings.Join(names, ", "))
	}
	return nil, pgerr.Newf(pgerr.AmbiguousFunction, "function name %q is not unique", sig.Name.Name).
		WithHint("Specify the argument list to select the function unambiguously.")
}
