package lua

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// scriptName is what Lua's messages call a script.
const scriptName = "user_script"

// Script is a compiled script. Running does not change it, so that it may run in
// several States at once.
type Script struct {
	SHA   string
	proto *lua.FunctionProto
}

// Compile compiles a script. Errors are Error.
func Compile(src []byte) (*Script, error) {
	if len(src) > ScriptBytesMax {
		return nil, compileError(fmt.Sprintf("the script is longer than %d bytes", ScriptBytesMax))
	}
	proto, err := compile(src)
	if err == nil {
		return &Script{SHA: SHA(src), proto: proto}, nil
	}
	var pe *parse.Error
	if errors.As(err, &pe) {
		return nil, compileError(fmt.Sprintf("%s:%d: %s near '%s'", scriptName, max(pe.Pos.Line, 1), pe.Message, pe.Token))
	}
	return nil, compileError(strings.TrimSpace(err.Error()))
}

func compileError(msg string) error {
	return Error("ERR Error compiling script (new function): " + msg)
}

// compile parses, bounds and rewrites, and generates code. The library's compiler
// panics at trees that it finds too large: that is an error of the script.
func compile(src []byte) (proto *lua.FunctionProto, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	chunk, err := parse.Parse(bytes.NewReader(src), scriptName)
	if err != nil {
		return nil, err
	}
	main := &ast.FunctionExpr{Stmts: chunk}
	if err := new(rewriter).function(main); err != nil {
		return nil, err
	}
	return lua.Compile(chunk, scriptName)
}
