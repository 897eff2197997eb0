package filter

import (
	"errors"
	"reflect"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

const maxNodes = 1000

// The functions of the language: those whose result is no larger than their input.
var functions = []string{
	"len", "lower", "upper", "trim", "any", "all", "none", "one", "count",
	"min", "max", "abs", "floor", "ceil", "round", "int", "float", "string",
}

// machine runs an expression that has no plan.
type machine struct {
	meter // the program charges it

	source  string
	row     Row // a copy of the one that is evaluated, complete
	program *vm.Program
	vm      vm.VM
	failed  int   // Rows
	err     error // of the first of them
}

func parse(source string) (*parser.Tree, error) {
	c := conf.New(&Row{})
	c.MaxNodes = maxNodes
	return parser.ParseWithConfig(source, c)
}

func newMachine(source string) (*machine, error) {
	m := &machine{source: source, vm: vm.VM{MemoryBudget: maxMemory}}
	folder := &folder{}
	options := []expr.Option{
		expr.Env(&Row{}), expr.AsBool(), expr.WarnOnAny(), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins(), expr.Patch(folder),
		expr.Optimize(false), // the optimizer makes lists that cost no memory
		folded(foldEqual, strings.EqualFold),
		folded(foldContains, contains),
		folded(foldStarts, startsWith),
		folded(foldEnds, endsWith),
		expr.Function(foldIn, foldedIn, func(string, any) bool { return false }, func(string, string, any) bool { return false }),
	}
	options = append(options, manyFunctions()...)
	for _, name := range functions {
		options = append(options, expr.EnableBuiltin(name))
	}
	_, err := expr.Compile(source, options...) // for the errors: the charger hides types
	if folder.err != nil {
		return nil, folder.err
	}
	if err != nil {
		return nil, err
	}
	m.program, err = expr.Compile(source, append(append(options, expr.Patch(charger{})), m.functions()...)...)
	return m, err
}

func (m *machine) match(r *Row) bool {
	if !m.start() {
		m.failed++
		return false
	}
	m.row = *r
	m.row.MailboxDecoded, m.row.RequestDecoded = mailboxDecoded(r), requestDecoded(r)
	v, err := m.vm.Run(m.program, &m.row)
	if err != nil {
		if m.failed++; m.err == nil {
			m.err = err
		}
		return false
	}
	b, _ := v.(bool)
	return b
}

// clone returns a machine for the same expression with a meter of its own.
func (m *machine) clone() *machine {
	c, err := newMachine(m.source)
	if err != nil {
		panic(err) // it has compiled before
	}
	return c
}

// What the operators on texts are replaced by. As they contain a space, these
// names cannot be written in an expression.
const (
	foldEqual    = "fold =="
	foldContains = "fold contains"
	foldStarts   = "fold startsWith"
	foldEnds     = "fold endsWith"
	foldIn       = "fold in"
)

// folded returns an option that defines a function of two texts. Its first argument may
// come in two forms; the result is true if it is for either.
func folded(name string, f func(s, text string) bool) expr.Option {
	return expr.Function(name, func(p ...any) (any, error) {
		text := p[len(p)-1].(string)
		for _, form := range p[:len(p)-1] {
			if f(form.(string), text) {
				return true, nil
			}
		}
		return false, nil
	}, f, func(sent, decoded, text string) bool { return false })
}

// foldedIn is foldIn, for a text in one or two forms.
func foldedIn(p ...any) (any, error) {
	for _, form := range p[:len(p)-1] {
		if in, err := isIn(form.(string), p[len(p)-1]); in || err != nil {
			return in, err
		}
	}
	return false, nil
}

// folder makes operators on texts ignore letter case, and hold for either form of a field
// that may be encoded.
type folder struct{ err error }

// Visit implements ast.Visitor.
func (f *folder) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		f.binary(node, n)
	case *ast.MemberNode:
		if name, ok := n.Property.(*ast.StringNode); ok && isUnsolicited(n.Node) {
			name.Value = strings.ToUpper(name.Value)
		}
	}
}

func (f *folder) binary(node *ast.Node, n *ast.BinaryNode) {
	if f.many(node, n) || !isText(n.Left) {
		return
	}
	switch n.Operator {
	case "==", "!=":
		if !isText(n.Right) {
			return
		}
		if _, ok := n.Left.(*ast.StringNode); ok {
			n.Left, n.Right = n.Right, n.Left
		}
		equal := call(n, foldEqual)
		if n.Operator == "!=" {
			not := &ast.UnaryNode{Operator: "not", Node: equal}
			not.SetLocation(n.Location())
			equal = not
		}
		*node = equal
	case "contains", "startsWith", "endsWith":
		if isText(n.Right) {
			*node = call(n, "fold "+n.Operator)
		}
	case "in":
		if k := n.Right.Type().Kind(); k != reflect.Slice && k != reflect.Map && k != reflect.Array {
			f.err = &file.Error{Location: n.Location(), Message: notAList}
			return
		}
		*node = call(n, foldIn)
	case "matches":
		pattern, ok := n.Right.(*ast.StringNode)
		if !ok {
			f.err = &file.Error{Location: n.Location(), Message: "matches needs a pattern in quotes on its right"}
			return
		}
		pattern.Value = "(?i)" + pattern.Value
		if decoded := decodedForm(n.Left); decoded != nil {
			second := *n
			second.Left, second.Right = decoded, &ast.StringNode{Value: pattern.Value}
			*node = &ast.BinaryNode{Operator: "or", Left: n, Right: &second}
			(*node).SetLocation(n.Location())
		}
	}
}

// decodedForm returns the other form of a field that may be encoded; nil for any other node.
func decodedForm(n ast.Node) ast.Node {
	id, ok := n.(*ast.IdentifierNode)
	if !ok {
		return nil
	}
	if f, ok := fieldNamed(id.Value); !ok || f.decoded == nil {
		return nil
	}
	decoded := &ast.IdentifierNode{Value: id.Value + " decoded"}
	decoded.SetLocation(n.Location())
	return decoded
}

func call(n *ast.BinaryNode, name string) ast.Node {
	arguments := []ast.Node{n.Left, n.Right}
	if decoded := decodedForm(n.Left); decoded != nil {
		arguments = []ast.Node{n.Left, decoded, n.Right}
	}
	c := &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: arguments}
	c.SetLocation(n.Location())
	return c
}

func isText(n ast.Node) bool { return n.Type() != nil && n.Type().Kind() == reflect.String }

func isUnsolicited(n ast.Node) bool {
	id, ok := n.(*ast.IdentifierNode)
	return ok && id.Value == "unsolicited"
}

const notAList = `in needs a list on its right, such as kinds or ["OK", "NO"]`

// isIn reports whether a text is among texts, or a key of the numbers by kind.
func isIn(text string, among any) (bool, error) {
	switch among := among.(type) {
	case []string:
		for _, s := range among {
			if strings.EqualFold(s, text) {
				return true, nil
			}
		}
		return false, nil
	case []any:
		for _, v := range among {
			if s, ok := v.(string); ok && strings.EqualFold(s, text) {
				return true, nil
			}
		}
		return false, nil
	case map[string]int:
		return among[strings.ToUpper(text)] > 0, nil
	}
	return false, errors.New(notAList)
}
