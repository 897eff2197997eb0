package filter

import (
	"strings"

	"github.com/expr-lang/expr/ast"
)

// planOf returns plain Go for a condition that only compares fields with
// constants, joined by and, or and not. The tree has been checked.
func planOf(n ast.Node) (func(*Row) bool, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		f, ok := fieldNamed(n.Value)
		return f.yes, ok && f.yes != nil
	case *ast.UnaryNode:
		if n.Operator != "not" && n.Operator != "!" {
			return nil, false
		}
		p, ok := planOf(n.Node)
		return func(r *Row) bool { return !p(r) }, ok
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			a, b, ok := planBoth(n)
			return func(r *Row) bool { return a(r) && b(r) }, ok
		case "or", "||":
			a, b, ok := planBoth(n)
			return func(r *Row) bool { return a(r) || b(r) }, ok
		}
		return planComparison(n)
	}
	return nil, false
}

func planBoth(n *ast.BinaryNode) (a, b func(*Row) bool, ok bool) {
	a, okA := planOf(n.Left)
	b, okB := planOf(n.Right)
	return a, b, okA && okB
}

func planComparison(n *ast.BinaryNode) (func(*Row) bool, bool) {
	if plan, ok := planMany(n); ok {
		return plan, true
	}
	if b, ok := n.Right.(*ast.BoolNode); ok {
		return planYes(n.Left, n.Operator, b.Value)
	}
	if f, ok := textField(n.Left); ok {
		return planField(f, n.Operator, n.Right)
	}
	if text, ok := n.Left.(*ast.StringNode); ok && n.Operator == "in" {
		return planMember(text.Value, n.Right)
	}
	if number, ok := numberOf(n.Left); ok {
		if c, ok := constant(n.Right); ok {
			return planNumber(number, n.Operator, c)
		}
	}
	return nil, false
}

// planYes plans: held == true.
func planYes(left ast.Node, operator string, want bool) (func(*Row) bool, bool) {
	id, ok := left.(*ast.IdentifierNode)
	if !ok || operator != "==" && operator != "!=" {
		return nil, false
	}
	f, ok := fieldNamed(id.Value)
	want = want == (operator == "==")
	return func(r *Row) bool { return f.yes(r) == want }, ok && f.yes != nil
}

// planField plans a comparison of a field with constants. For one that may be encoded it
// holds if it does for either form; != holds for both.
func planField(f Field, operator string, right ast.Node) (func(*Row) bool, bool) {
	sent, ok := planText(f.text, operator, right)
	if f.decoded == nil || !ok {
		return sent, ok
	}
	decoded, ok := planText(f.decoded, operator, right)
	if operator == "!=" {
		return func(r *Row) bool { return sent(r) && decoded(r) }, ok
	}
	return func(r *Row) bool { return sent(r) || decoded(r) }, ok
}

func planText(text func(*Row) string, operator string, right ast.Node) (func(*Row) bool, bool) {
	if operator == "in" {
		return planOneOf(text, right)
	}
	s, ok := right.(*ast.StringNode)
	if !ok {
		return nil, false
	}
	c := s.Value
	switch operator {
	case "==":
		return func(r *Row) bool { return strings.EqualFold(text(r), c) }, true
	case "!=":
		return func(r *Row) bool { return !strings.EqualFold(text(r), c) }, true
	case "contains":
		has := containing(c)
		return func(r *Row) bool { return has(text(r)) }, true
	case "startsWith":
		return func(r *Row) bool { return startsWith(text(r), c) }, true
	case "endsWith":
		return func(r *Row) bool { return endsWith(text(r), c) }, true
	case "matches":
		pattern, err := compilePlanned("(?i)" + c)
		if err != nil {
			return nil, false
		}
		return func(r *Row) bool { return pattern.MatchString(text(r)) }, true
	}
	return nil, false
}

// planOneOf plans: command in ["FETCH", "STORE"].
func planOneOf(text func(*Row) string, right ast.Node) (func(*Row) bool, bool) {
	array, ok := right.(*ast.ArrayNode)
	if !ok {
		return nil, false
	}
	var list []string
	for _, n := range array.Nodes {
		s, ok := n.(*ast.StringNode)
		if !ok {
			return nil, false
		}
		list = append(list, s.Value)
	}
	return func(r *Row) bool { return among(list, text(r)) }, true
}

// planMember plans: "EXPUNGE" in kinds, or in unsolicited.
func planMember(text string, right ast.Node) (func(*Row) bool, bool) {
	id, ok := right.(*ast.IdentifierNode)
	if !ok {
		return nil, false
	}
	switch id.Value {
	case "kinds":
		return func(r *Row) bool { return among(r.Kinds, text) }, true
	case "unsolicited":
		kind := strings.ToUpper(text)
		return func(r *Row) bool { return r.Unsolicited[kind] > 0 }, true
	}
	return nil, false
}

func among(list []string, text string) bool {
	for _, s := range list {
		if strings.EqualFold(s, text) {
			return true
		}
	}
	return false
}

func planNumber(number func(*Row) float64, operator string, c float64) (func(*Row) bool, bool) {
	switch operator {
	case "==":
		return func(r *Row) bool { return number(r) == c }, true
	case "!=":
		return func(r *Row) bool { return number(r) != c }, true
	case "<":
		return func(r *Row) bool { return number(r) < c }, true
	case "<=":
		return func(r *Row) bool { return number(r) <= c }, true
	case ">":
		return func(r *Row) bool { return number(r) > c }, true
	case ">=":
		return func(r *Row) bool { return number(r) >= c }, true
	}
	return nil, false
}

func textField(n ast.Node) (Field, bool) {
	id, ok := n.(*ast.IdentifierNode)
	if !ok {
		return Field{}, false
	}
	f, ok := fieldNamed(id.Value)
	return f, ok && f.text != nil
}

// numberOf returns a field that is a number, or the count of one kind.
func numberOf(n ast.Node) (func(*Row) float64, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		f, ok := fieldNamed(n.Value)
		return f.number, ok && f.number != nil
	case *ast.MemberNode:
		name, ok := n.Property.(*ast.StringNode)
		if !ok || !isUnsolicited(n.Node) {
			return nil, false
		}
		kind := strings.ToUpper(name.Value)
		return func(r *Row) float64 { return float64(r.Unsolicited[kind]) }, true
	}
	return nil, false
}

func constant(n ast.Node) (float64, bool) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return float64(n.Value), true
	case *ast.FloatNode:
		return n.Value, true
	case *ast.UnaryNode:
		c, ok := constant(n.Node)
		return -c, ok && n.Operator == "-"
	}
	return 0, false
}
