package command

const errScripting Err = "ERR scripting is not supported: this server has no EVAL, SCRIPT or FUNCTION"

func cmdNoScript(*Exec) error { return errScripting }

var scriptCommands = []Command{
	{Name: "eval", Arity: -3, Flags: fNoScript, Cats: "slow scripting", Group: "scripting", Since: "2.6.0", Summary: "Execute a Lua script server side (not supported)", Run: cmdNoScript},
	{Name: "evalsha", Arity: -3, Flags: fNoScript, Cats: "slow scripting", Group: "scripting", Since: "2.6.0", Summary: "Execute a Lua script server side (not supported)", Run: cmdNoScript},
	{Name: "eval_ro", Arity: -3, Flags: fNoScript, Cats: "slow scripting", Group: "scripting", Since: "7.0.0", Summary: "Execute a read-only Lua script server side (not supported)", Run: cmdNoScript},
	{Name: "evalsha_ro", Arity: -3, Flags: fNoScript, Cats: "slow scripting", Group: "scripting", Since: "7.0.0", Summary: "Execute a read-only Lua script server side (not supported)", Run: cmdNoScript},
	{Name: "script", Arity: -2, Flags: fNoScript, Cats: "slow scripting", Group: "scripting", Since: "2.6.0", Summary: "A container for Lua scripts management commands (not supported)", Run: cmdNoScript},
	{Name: "function", Arity: -2, Flags: fNoScript, Cats: "slow scripting", Group: "scripting", Since: "7.0.0", Summary: "A container for function commands (not supported)", Run: cmdNoScript},
	{Name: "fcall", Arity: -3, Flags: fNoScript, Cats: "slow scripting", Group: "scripting", Since: "7.0.0", Summary: "Invoke a function (not supported)", Run: cmdNoScript},
}
