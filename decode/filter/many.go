package filter

import (
	"reflect"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

// A field with many values is compared as if it were one: the comparison holds if it holds
// for any of them. != holds if == does not, and "not in" if "in" does not.

// Range is all numbers from Low to High.
type Range struct{ Low, High uint64 }

// number is a constant of an expression; expr has int and float64.
type number struct {
	i     int
	f     float64
	whole bool
}

func numberFrom(v any) (number, bool) {
	switch v := v.(type) {
	case int:
		return number{i: v, f: float64(v), whole: true}, true
	case float64:
		return number{f: v}, true
	}
	return number{}, false
}

// compare returns -1, 0 or 1 as u is less than c, equal to it or more.
func (c number) compare(u uint64) int {
	switch {
	case c.whole && c.i < 0:
		return 1
	case c.whole:
		switch i := uint64(c.i); {
		case u < i:
			return -1
		case u > i:
			return 1
		}
		return 0
	case float64(u) < c.f:
		return -1
	case float64(u) > c.f:
		return 1
	}
	return 0
}

// anyNumber reports whether a comparison with a constant holds for any of the numbers.
func anyNumber(ranges []Range, operator string, c number) bool {
	for _, r := range ranges {
		low, high := c.compare(r.Low), c.compare(r.High)
		switch operator {
		case "==", "in":
			if low <= 0 && high >= 0 && (c.whole || c.f == float64(int64(c.f))) {
				return true
			}
		case "<":
			if low < 0 {
				return true
			}
		case "<=":
			if low <= 0 {
				return true
			}
		case ">":
			if high > 0 {
				return true
			}
		case ">=":
			if high >= 0 {
				return true
			}
		}
	}
	return false
}

// anyText reports whether a comparison with a constant holds for any of the texts.
func anyText(texts []string, operator, c string) bool {
	for _, s := range texts {
		ok := false
		switch operator {
		case "==":
			ok = strings.EqualFold(s, c)
		case "contains":
			ok = contains(s, c)
		case "startsWith":
			ok = startsWith(s, c)
		case "endsWith":
			ok = endsWith(s, c)
		}
		if ok {
			return true
		}
	}
	return false
}

// manyOf returns the field with many values that a node is.
func manyOf(n ast.Node) (Field, bool) {
	id, ok := n.(*ast.IdentifierNode)
	if !ok {
		return Field{}, false
	}
	f, ok := fieldNamed(id.Value)
	return f, ok && (f.numbers != nil || f.texts != nil)
}

// The functions that comparisons of many values are replaced by. As they contain a space,
// these names cannot be written in an expression.
const (
	manyNumber  = "many number"
	manyText    = "many text"
	manyInList  = "many in"
	manyInTexts = "many in texts"
)

// manyFunctions returns the options that define them.
func manyFunctions() []expr.Option {
	return []expr.Option{
		expr.Function(manyNumber, func(p ...any) (any, error) {
			c, ok := numberFrom(p[2])
			return ok && anyNumber(p[0].([]Range), p[1].(string), c), nil
		}, func([]Range, string, int) bool { return false }, func([]Range, string, float64) bool { return false }),
		expr.Function(manyText, func(p ...any) (any, error) {
			return anyText(p[0].([]string), p[1].(string), p[2].(string)), nil
		}, func([]string, string, string) bool { return false }),
		expr.Function(manyInList, func(p ...any) (any, error) {
			return anyIn(p[0].([]Range), p[1]), nil
		}, func([]Range, any) bool { return false }),
		expr.Function(manyInTexts, func(p ...any) (any, error) {
			for _, s := range p[0].([]string) {
				if ok, err := isIn(s, p[1]); ok || err != nil {
					return ok, err
				}
			}
			return false, nil
		}, func([]string, any) bool { return false }),
	}
}

// anyIn reports whether any of the numbers is in a list or a range.
func anyIn(ranges []Range, list any) bool {
	switch list := list.(type) {
	case []int:
		for _, v := range list {
			if anyNumber(ranges, "==", number{i: v, f: float64(v), whole: true}) {
				return true
			}
		}
	case []any:
		for _, v := range list {
			if c, ok := numberFrom(v); ok && anyNumber(ranges, "==", c) {
				return true
			}
		}
	}
	return false
}

// mirrored has the operators for operands that change places.
var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// many replaces a comparison of a field with many values. It reports whether there was one.
func (f *folder) many(node *ast.Node, n *ast.BinaryNode) bool {
	left, right, operator := n.Left, n.Right, n.Operator
	field, ok := manyOf(left)
	if !ok {
		if field, ok = manyOf(right); !ok {
			return false
		}
		switch m, swaps := mirrored[operator]; {
		case operator == "in" && field.numbers != nil: // 17 in uid
			operator = "=="
		case !swaps:
			return false
		default:
			operator = m
		}
		left, right = right, left
	}
	name, arguments := "", []ast.Node{left, &ast.StringNode{Value: strings.Replace(operator, "!=", "==", 1)}, right}
	switch {
	case field.numbers != nil && operator == "in" && isList(right):
		name, arguments = manyInList, []ast.Node{left, right}
	case field.texts != nil && operator == "in" && isList(right):
		name, arguments = manyInTexts, []ast.Node{left, right}
	case field.numbers != nil && mirrored[operator] != "" && isNumber(right):
		name = manyNumber
	case field.texts != nil && textual[operator] && isText(right):
		name = manyText
	default:
		return false
	}
	call := &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: arguments}
	call.SetLocation(n.Location())
	*node = call
	if operator == "!=" {
		not := &ast.UnaryNode{Operator: "not", Node: call}
		not.SetLocation(n.Location())
		*node = not
	}
	return true
}

// textual has the operators that compare a text with another.
var textual = map[string]bool{"==": true, "!=": true, "contains": true, "startsWith": true, "endsWith": true}

func isList(n ast.Node) bool {
	return n.Type() != nil && (n.Type().Kind() == reflect.Slice || n.Type().Kind() == reflect.Array)
}

func isNumber(n ast.Node) bool {
	return n.Type() != nil && (n.Type().Kind() == reflect.Int || n.Type().Kind() == reflect.Float64)
}

// planMany plans a comparison of a field with many values with a constant.
func planMany(n *ast.BinaryNode) (func(*Row) bool, bool) {
	if field, ok := manyOf(n.Right); ok && n.Operator == "in" {
		return planIn(field, n.Left)
	}
	field, ok := manyOf(n.Left)
	if !ok {
		return nil, false
	}
	operator, negative := n.Operator, n.Operator == "!="
	if negative {
		operator = "=="
	}
	var plan func(*Row) bool
	switch {
	case field.numbers != nil && mirrored[operator] != "":
		c, ok := numberConstant(n.Right)
		if !ok {
			return nil, false
		}
		plan = func(r *Row) bool { return anyNumber(field.numbers(r), operator, c) }
	case field.texts != nil && textual[operator]:
		s, ok := n.Right.(*ast.StringNode)
		if !ok {
			return nil, false
		}
		plan = func(r *Row) bool { return anyText(field.texts(r), operator, s.Value) }
	default:
		return nil, false
	}
	if negative {
		return func(r *Row) bool { return !plan(r) }, true
	}
	return plan, true
}

// planIn plans: 17 in uid, "TRYCREATE" in code.
func planIn(field Field, left ast.Node) (func(*Row) bool, bool) {
	if field.texts != nil {
		s, ok := left.(*ast.StringNode)
		if !ok {
			return nil, false
		}
		return func(r *Row) bool { return among(field.texts(r), s.Value) }, true
	}
	c, ok := numberConstant(left)
	return func(r *Row) bool { return anyNumber(field.numbers(r), "==", c) }, ok
}

// numberConstant returns the number that a node is.
func numberConstant(n ast.Node) (number, bool) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return numberFrom(n.Value)
	case *ast.FloatNode:
		return numberFrom(n.Value)
	case *ast.UnaryNode:
		c, ok := numberConstant(n.Node)
		return number{-c.i, -c.f, c.whole}, ok && n.Operator == "-"
	}
	return number{}, false
}

// deep reports whether an expression names a field that needs the messages of a
// transaction.
func deep(root ast.Node) bool {
	d := new(deepFinder)
	ast.Walk(&root, d)
	return d.found
}

type deepFinder struct{ found bool }

// Visit implements ast.Visitor.
func (d *deepFinder) Visit(n *ast.Node) {
	if _, ok := manyOf(*n); ok {
		d.found = true
	}
}
