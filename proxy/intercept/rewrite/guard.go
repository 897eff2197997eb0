package rewrite

import (
	"fmt"

	"go.starlark.net/syntax"
)

// Starlark counts steps, but a single one can make a string of a gigabyte. So what can make
// much of little is replaced, before a program is compiled, by calls of functions that count
// what they make: operators, attributes (methods are called through them) and slices. Their
// names are no identifiers, so no program can name or redefine them.
const (
	guardAttr  = "."
	guardSlice = "[:]"
)

// guarded are the operators that are replaced.
var guarded = map[syntax.Token]bool{
	syntax.PLUS: true, syntax.STAR: true, syntax.PERCENT: true, syntax.PIPE: true, syntax.LTLT: true,
	syntax.EQL: true, syntax.NEQ: true, syntax.LT: true, syntax.LE: true, syntax.GT: true, syntax.GE: true,
}

// augmented are the assignments that contain one, and in place of which operator they are called.
var augmented = map[syntax.Token]syntax.Token{
	syntax.PLUS_EQ: syntax.PLUS, syntax.STAR_EQ: syntax.STAR, syntax.PERCENT_EQ: syntax.PERCENT,
	syntax.PIPE_EQ: syntax.PIPE, syntax.LTLT_EQ: syntax.LTLT,
}

// guardFile replaces in a program what must count what it makes.
func guardFile(f *syntax.File) (err error) {
	defer func() {
		if e, ok := recover().(syntax.Error); ok {
			err = e
		}
	}()
	guardStmts(f.Stmts)
	return nil
}

func guardStmts(list []syntax.Stmt) {
	for _, s := range list {
		guardStmt(s)
	}
}

func guardStmt(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.AssignStmt:
		s.LHS, s.RHS = guardTarget(s.LHS), guardExpr(s.RHS)
		if _, ok := augmented[s.Op]; ok {
			guardAugmented(s)
		}
	case *syntax.DefStmt:
		guardParams(s.Params)
		guardStmts(s.Body)
	case *syntax.ExprStmt:
		s.X = guardExpr(s.X)
	case *syntax.IfStmt:
		s.Cond = guardExpr(s.Cond)
		guardStmts(s.True)
		guardStmts(s.False)
	case *syntax.ForStmt:
		s.Vars, s.X = guardTarget(s.Vars), guardExpr(s.X)
		guardStmts(s.Body)
	case *syntax.ReturnStmt:
		if s.Result != nil {
			s.Result = guardExpr(s.Result)
		}
	case *syntax.LoadStmt:
		panic(syntax.Error{Pos: s.Load, Msg: "load is not available: a program is one file"})
	}
}

// guardAugmented replaces x += y by x = x + y. The place is then evaluated twice, so
// it must be one that does nothing when it is evaluated.
func guardAugmented(s *syntax.AssignStmt) {
	if !simple(s.LHS) {
		panic(syntax.Error{Pos: s.OpPos, Msg: fmt.Sprintf("%s needs a name, or names, fields and constants in brackets, on its left", s.Op)})
	}
	s.RHS = guardCall(s.Op.String(), s.OpPos, readable(s.LHS), s.RHS)
	s.Op = syntax.EQ
}

func simple(x syntax.Expr) bool {
	switch x := x.(type) {
	case *syntax.Ident, *syntax.Literal:
		return true
	case *syntax.ParenExpr:
		return simple(x.X)
	case *syntax.DotExpr:
		return simple(x.X)
	case *syntax.IndexExpr:
		return simple(x.X) && simple(x.Y)
	}
	return false
}

// readable returns a copy of a simple place, which the resolver needs, to be read.
func readable(x syntax.Expr) syntax.Expr {
	switch x := x.(type) {
	case *syntax.Ident:
		return &syntax.Ident{NamePos: x.NamePos, Name: x.Name}
	case *syntax.ParenExpr:
		return readable(x.X)
	case *syntax.DotExpr:
		return attrCall(x, readable(x.X))
	case *syntax.IndexExpr:
		return &syntax.IndexExpr{X: readable(x.X), Lbrack: x.Lbrack, Y: readable(x.Y), Rbrack: x.Rbrack}
	}
	return x
}

// guardTarget replaces what is below a place that is assigned to.
func guardTarget(x syntax.Expr) syntax.Expr {
	switch x := x.(type) {
	case *syntax.DotExpr:
		if !simple(x.X) {
			x.X = guardExpr(x.X)
		}
	case *syntax.IndexExpr:
		if !simple(x.X) {
			x.X = guardExpr(x.X)
		}
		if !simple(x.Y) {
			x.Y = guardExpr(x.Y)
		}
	case *syntax.ParenExpr:
		x.X = guardTarget(x.X)
	case *syntax.TupleExpr:
		for i := range x.List {
			x.List[i] = guardTarget(x.List[i])
		}
	case *syntax.ListExpr:
		for i := range x.List {
			x.List[i] = guardTarget(x.List[i])
		}
	}
	return x
}

// guardParams replaces the default values of parameters.
func guardParams(params []syntax.Expr) {
	for _, p := range params {
		if p, ok := p.(*syntax.BinaryExpr); ok {
			p.Y = guardExpr(p.Y)
		}
	}
}

func guardAll(list []syntax.Expr) {
	for i := range list {
		list[i] = guardExpr(list[i])
	}
}

func guardExpr(x syntax.Expr) syntax.Expr {
	switch x := x.(type) {
	case *syntax.BinaryExpr:
		x.X, x.Y = guardExpr(x.X), guardExpr(x.Y)
		if guarded[x.Op] {
			return guardCall(x.Op.String(), x.OpPos, x.X, x.Y)
		}
	case *syntax.CallExpr:
		x.Fn = guardExpr(x.Fn)
		guardArgs(x)
	case *syntax.DotExpr:
		return attrCall(x, guardExpr(x.X))
	case *syntax.SliceExpr:
		return guardedSlice(x)
	case *syntax.IndexExpr:
		x.X, x.Y = guardExpr(x.X), guardExpr(x.Y)
	case *syntax.UnaryExpr:
		if x.X != nil {
			x.X = guardExpr(x.X)
		}
	case *syntax.ParenExpr:
		x.X = guardExpr(x.X)
	case *syntax.CondExpr:
		x.Cond, x.True, x.False = guardExpr(x.Cond), guardExpr(x.True), guardExpr(x.False)
	case *syntax.ListExpr:
		guardAll(x.List)
	case *syntax.TupleExpr:
		guardAll(x.List)
	case *syntax.DictExpr:
		guardAll(x.List)
	case *syntax.DictEntry:
		x.Key, x.Value = guardExpr(x.Key), guardExpr(x.Value)
	case *syntax.LambdaExpr:
		guardParams(x.Params)
		x.Body = guardExpr(x.Body)
	case *syntax.Comprehension:
		guardComprehension(x)
	}
	return x
}

// guardArgs replaces the arguments of a call. What * and ** spread counts as copied.
func guardArgs(x *syntax.CallExpr) {
	for i, a := range x.Args {
		switch a := a.(type) {
		case *syntax.BinaryExpr:
			if a.Op == syntax.EQ {
				a.Y = guardExpr(a.Y)
				continue
			}
		case *syntax.UnaryExpr:
			if a.Op == syntax.STAR || a.Op == syntax.STARSTAR {
				a.X = guardCall(guardSlice, a.OpPos, guardExpr(a.X))
				continue
			}
		}
		x.Args[i] = guardExpr(a)
	}
}

func guardedSlice(x *syntax.SliceExpr) syntax.Expr {
	for _, p := range []*syntax.Expr{&x.X, &x.Lo, &x.Hi, &x.Step} {
		if *p != nil {
			*p = guardExpr(*p)
		}
	}
	x.X = guardCall(guardSlice, x.Lbrack, x.X)
	return x
}

func guardComprehension(x *syntax.Comprehension) {
	x.Body = guardExpr(x.Body)
	for _, c := range x.Clauses {
		switch c := c.(type) {
		case *syntax.ForClause:
			c.Vars, c.X = guardTarget(c.Vars), guardExpr(c.X)
		case *syntax.IfClause:
			c.Cond = guardExpr(c.Cond)
		}
	}
}

func attrCall(x *syntax.DotExpr, of syntax.Expr) syntax.Expr {
	name := &syntax.Literal{Token: syntax.STRING, TokenPos: x.NamePos, Raw: x.Name.Name, Value: x.Name.Name}
	return guardCall(guardAttr, x.Dot, of, name)
}

func guardCall(name string, at syntax.Position, args ...syntax.Expr) *syntax.CallExpr {
	return &syntax.CallExpr{Fn: &syntax.Ident{NamePos: at, Name: name}, Lparen: at, Args: args, Rparen: at}
}
