package session

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

func (s *Session) copyStatement(p *Portal, n *ast.Copy) error { return pgerr.NotSupported("COPY") }
