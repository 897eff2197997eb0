package protocol_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"imapscope/decode/protocol"
)

// plainWords are names of rows that code may spell out, for they are words of
// their own: each with the reason.
var plainWords = map[string]string{
	"*":       "a wildcard, a pattern, a bullet",
	"+":       "a plus sign",
	"tag":     "a key of JSON and of filters, which help documents",
	"to":      "a key of JSON, a flag of the command line",
	"from":    "a key of JSON",
	"date":    "a key of the timeline and of mail headers",
	"subject": "a key of mail headers",
	"sender":  "a key of mail headers",
	"cc":      "a key of mail headers",
	"bcc":     "a key of mail headers",
	"SP":      "shown for a space",
	"CRLF":    "shown for a line end",
}

// speakers are packages that say the protocol's words rather than look for them.
var speakers = map[string]string{
	"samples/server":   "a server: it dispatches on commands and writes responses",
	"samples/traffic":  "a client and a server: it writes what they say",
	"samples/stage":    "a server with faults: it writes what is wrong",
	"samples/client":   "a client: it writes commands",
	"samples/exercise": "it writes sessions with faults, and asks for what was written",
	"proxy/bench":      "a client and a server that measure: they write commands and responses",
	"proxy/proxytest":  "clients and servers for tests",
	"decode/wire":      "it imports only the standard library; a test holds IsStatus against the rows",
}

// pending are packages that still spell names out, or compare them. The list only
// shrinks: a package that has become clean must be taken off it.
var pending = []string{
	"decode/diff", "decode/redact/scrub", "proxy/mock", "proxy/replay", "proxy/tls",
	"samples/lesson", "ui/inspect", "ui/inspect/panes", "ui/print", "ui/report", "ui/view",
}

// TestNamesAreHere: no code outside this package spells out the name of a row, and
// none outside this package and decode/session compares rows by identity.
func TestNamesAreHere(t *testing.T) {
	names := make(map[string]protocol.Kind)
	for r := range protocol.All() {
		names[r.Name] = r.Kind
	}
	found := make(map[string][]string) // by package
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(rel))
		if dir == "decode/protocol" || speakers[dir] != "" || strings.Contains(dir, "testdata") {
			return nil
		}
		files++
		for _, offence := range offences(t, path, names, dir != "decode/session") {
			found[dir] = append(found[dir], offence)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Fatalf("only %d files were read", files)
	}
	left := 0
	for dir, list := range found {
		if !slices.Contains(pending, dir) {
			t.Errorf("%s: what is asked should be an effect, a role or another property of the row:\n\t%s", dir, strings.Join(list, "\n\t"))
		}
		left += len(list)
	}
	for _, dir := range pending {
		if len(found[dir]) == 0 {
			t.Errorf("%s is clean: take it off the list", dir)
		}
	}
	t.Logf("still to be cleaned: %d places in %d packages", left, len(pending))
	for _, dir := range pending {
		t.Logf("%s: %d", dir, len(found[dir]))
	}
}

// offences lists the names that a file spells out, and the rows that it compares.
func offences(t *testing.T, path string, names map[string]protocol.Kind, identities bool) []string {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	note := func(n ast.Node, what string) {
		list = append(list, fmt.Sprintf("%s: %s", set.Position(n.Pos()), what))
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec, *ast.Field:
			// The path of an import, and the tag of a field, are no words.
			f, ok := n.(*ast.Field)
			return ok && f.Tag == nil
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "of1176" {
				return false // the citation of a rule of decode/lint: a place in the RFC is called what it is called
			}
		case *ast.BasicLit:
			if word, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				if kind, ok := names[word]; ok && plainWords[word] == "" {
					note(n, fmt.Sprintf("%q is the name of a %s", word, kind))
				}
			}
		case *ast.BinaryExpr:
			if identities && (n.Op == token.EQL || n.Op == token.NEQ) && (namesRow(n.X) || namesRow(n.Y) || looksUp(n.X) && !isNil(n.Y) || looksUp(n.Y) && !isNil(n.X)) {
				note(n, "a row is compared")
			}
		}
		return true
	})
	return list
}

// namesRow reports whether an expression is the name of a message's or a
// transaction's row.
func namesRow(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != "Name" {
		return false
	}
	in, ok := s.X.(*ast.SelectorExpr)
	return ok && in.Sel.Name == "Row" || looksUp(s.X)
}

// looksUp reports whether an expression is a row that is looked up.
func looksUp(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := s.X.(*ast.Ident)
	return ok && pkg.Name == "protocol" && strings.HasPrefix(s.Sel.Name, "Lookup")
}

func isNil(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "nil"
}

// TestSomeNamesArePlainWords: the exceptions are names of rows, so that none outlives
// its reason.
func TestSomeNamesArePlainWords(t *testing.T) {
	for word := range plainWords {
		found := false
		for r := range protocol.All() {
			found = found || r.Name == word
		}
		if !found {
			t.Errorf("%q is not the name of a row", word)
		}
	}
}
