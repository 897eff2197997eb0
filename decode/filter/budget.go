package filter

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"regexp/syntax"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

// The budget of one Match. A step is roughly one node of an expression, one element of
// a list or stepBytes bytes of a text that are looked at, so that a row takes some
// milliseconds at most. It is counted, not measured: the same row always fails, or never.
const (
	maxSteps  = 100_000
	stepBytes = 32
	maxMemory = 100_000 // in expr's own units: elements of lists made
)

// maxExpensive is the number of rows that may exceed the budget. After them no row is
// evaluated: every further one fails at once.
const maxExpensive = 100

var errTooExpensive = errors.New("too expensive for this row: more than 100,000 steps")

// meter counts the steps of one Match, and the rows that exceed the budget.
type meter struct{ steps, expensive int }

// start begins a row. It reports whether the row may be evaluated.
func (m *meter) start() bool {
	m.steps = 0
	return m.expensive < maxExpensive
}

func (m *meter) spend(n int) error {
	if m.steps += n; m.steps > maxSteps || m.steps < 0 {
		m.steps = maxSteps + 1
		m.expensive++
		return errTooExpensive
	}
	return nil
}

// read charges for looking at all of a value.
func (m *meter) read(v any, weight int) error {
	switch v := v.(type) {
	case string:
		return m.spend(1 + len(v)/stepBytes*weight)
	case []any:
		for _, e := range v {
			if err := m.read(e, weight); err != nil {
				return err
			}
		}
	case []string:
		return m.spend(1 + len(v))
	case []int:
		return m.spend(1 + len(v))
	case []Range:
		return m.spend(1 + len(v))
	case map[string]int:
		return m.spend(1 + len(v))
	case map[string]any:
		for _, e := range v {
			if err := m.read(e, weight); err != nil {
				return err
			}
		}
	}
	return m.spend(1)
}

// The functions that charge. As they contain a space, these names cannot be written in
// an expression.
const (
	chargeStep   = "charge step"
	chargeRead   = "charge read"
	chargeWithin = "charge within"
)

// functions returns the options that define the functions that charge.
func (m *meter) functions() []expr.Option {
	return []expr.Option{
		expr.Function(chargeStep, func(p ...any) (any, error) { return true, m.spend(p[0].(int)) }, func(int) bool { return true }),
		expr.Function(chargeRead, func(p ...any) (any, error) { return p[0], m.read(p[0], p[1].(int)) },
			func(string, int) string { return "" }, func(any, int) any { return nil }),
		expr.Function(chargeWithin, func(p ...any) (any, error) {
			n, low, high := p[0].(int), p[1].(int), p[2].(int)
			return low <= n && n <= high, nil
		}, func(n, low, high int) bool { return false }),
	}
}

// charger makes an expression count its steps: each turn of a loop, and each text or
// list that is looked at as a whole. It runs after folder.
type charger struct{}

// Visit implements ast.Visitor. The parts of a node are visited before the node.
func (charger) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.PredicateNode:
		step := callOf(n.Node, chargeStep, &ast.IntegerNode{Value: nodes(n.Node)})
		turn := &ast.BinaryNode{Operator: "and", Left: step, Right: n.Node}
		turn.SetLocation(n.Node.Location())
		n.Node = turn
	case *ast.BinaryNode:
		chargeBinary(node, n)
	case *ast.CallNode:
		chargeCall(n)
	case *ast.BuiltinNode:
		for i := range n.Arguments {
			chargeFor(&n.Arguments[i], 1)
		}
		if n.Name == "string" {
			n.SetType(reflect.TypeFor[string]())
			chargeFor(node, 1)
		}
	case *ast.SliceNode:
		chargeFor(&n.Node, 1)
	case *ast.MemberNode:
		if isText(n.Node) {
			chargeFor(&n.Node, 1)
		}
	}
}

func chargeBinary(node *ast.Node, n *ast.BinaryNode) {
	switch n.Operator {
	case "and", "or", "&&", "||", "..", "??", "|":
		return
	case "in":
		if r, ok := n.Right.(*ast.BinaryNode); ok && r.Operator == ".." && isInt(n.Left) && isInt(r.Left) && isInt(r.Right) {
			*node = callOf(n, chargeWithin, n.Left, r.Left, r.Right) // without making the list
			return
		}
	case "matches":
		if pattern, ok := n.Right.(*ast.StringNode); ok {
			chargeFor(&n.Left, instructions(pattern.Value))
		}
		return
	}
	chargeFor(&n.Left, 1)
	chargeFor(&n.Right, 1)
}

// chargeCall charges for the texts that a function of folder looks at.
func chargeCall(n *ast.CallNode) {
	id, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || id.Value == chargeStep || id.Value == chargeRead || id.Value == chargeWithin {
		return
	}
	for i := range n.Arguments {
		if n.Arguments[i].Type() == nil || !isKind(n.Arguments[i], reflect.Slice, reflect.Map) {
			chargeFor(&n.Arguments[i], 1)
		}
	}
}

// chargeFor makes the value of a node charge for its size each time it is looked at; a
// number or a constant text is charged with the loop that it is in.
func chargeFor(node *ast.Node, weight int) {
	if isKind(*node, reflect.Int, reflect.Float64, reflect.Bool) {
		return
	}
	switch (*node).(type) {
	case *ast.PredicateNode, *ast.NilNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return
	case *ast.StringNode:
		if weight == 1 {
			return
		}
	}
	charged := callOf(*node, chargeRead, *node, &ast.IntegerNode{Value: weight})
	charged.SetType((*node).Type())
	if isKind(*node, reflect.Slice, reflect.Map) {
		charged.SetType(reflect.TypeFor[any]())
	}
	*node = charged
}

// callOf returns a call at the place of a node.
func callOf(at ast.Node, name string, args ...ast.Node) ast.Node {
	c := &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: args}
	c.SetLocation(at.Location())
	return c
}

func isInt(n ast.Node) bool {
	_, constant := n.(*ast.IntegerNode)
	return constant || isKind(n, reflect.Int)
}

func isKind(n ast.Node, kinds ...reflect.Kind) bool {
	t := n.Type()
	for _, k := range kinds {
		if t != nil && t.Kind() == k {
			return true
		}
	}
	return false
}

// counter counts nodes.
type counter struct{ n int }

// Visit implements ast.Visitor.
func (c *counter) Visit(*ast.Node) { c.n++ }

func nodes(n ast.Node) int {
	var c counter
	ast.Walk(&n, &c)
	return c.n
}

// instructions returns the size of a pattern's program: a byte of text costs up to that
// much. A pattern that does not compile counts as 1; its error is reported elsewhere.
func instructions(pattern string) int {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 1
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 1
	}
	return len(program.Inst)
}

// maxPlanned is the size of the largest pattern that runs without a budget: the work is
// a small multiple of the row's length.
const maxPlanned = 64

// compilePlanned compiles a pattern for a plan. It fails for one that needs a budget.
func compilePlanned(pattern string) (*regexp.Regexp, error) {
	if n := instructions(pattern); n > maxPlanned {
		return nil, fmt.Errorf("%d instructions", n)
	}
	return regexp.Compile(pattern)
}
