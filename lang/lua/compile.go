package lua

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
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
	var proto *lua.FunctionProto
	chunk, err := parse.Parse(bytes.NewReader(src), scriptName)
	if err == nil {
		proto, err = lua.Compile(chunk, scriptName)
	}
	if err == nil {
		return &Script{SHA: SHA(src), proto: proto}, nil
	}
	msg := strings.TrimSpace(err.Error())
	var pe *parse.Error
	if errors.As(err, &pe) {
		msg = fmt.Sprintf("%s:%d: %s near '%s'", scriptName, max(pe.Pos.Line, 1), pe.Message, pe.Token)
	}
	return nil, Error("ERR Error compiling script (new function): " + msg)
}
