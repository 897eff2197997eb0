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

// plainWords are names of rows that code may spell out because they are also ordinary
// words, each with the reason.
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
	"URL":     "a word of every day",

	"message-id":   "a key of mail headers, and what redact calls it",
	"mailbox name": "what redact calls the name of a mailbox",
	"CRLF":         "shown for a line end",
}

// speakers are packages that produce the protocol's words rather than look for them.
var speakers = map[string]string{
	"samples/server":        "a server: it dispatches on commands and writes responses",
	"proxy/fallback":        "a server with what a recording shows: it gives itself commands",
	"samples/traffic":       "a client and a server: it writes what they say",
	"samples/stage":         "a server with faults: it writes what is wrong",
	"samples/client":        "a client: it writes commands",
	"samples/pop3":          "a client and a server of POP3, some of whose words are IMAP's too",
	"samples/contrast":      "it names its columns as users do: imap2, imap4rev1, pop3",
	"samples/exercise":      "it writes sessions with faults, and asks for what was written",
	"proxy/bench":           "a client and a server that measure: they write commands and responses",
	"cmd/bench":             "a trivial server that measures clients: it answers every command, and leaves at LOGOUT",
	"proxy/proxytest":       "clients and servers for tests",
	"decode/decodetest/gen": "a client and a server for tests: it writes what they say",
	"decode/text":           "IMAP URLs have words of their own (RFC 5092), and it imports no other package",
	"decode/sasl":           "LOGIN is also a SASL mechanism, and it imports no other package",
	"decode/wire":           "it imports only the standard library; a test holds IsStatus against the rows",
}

// comparers are files that may compare a Row, a Command or a Word, because it is not the
// name of a row of the protocol or must equal another one, each with the reason.
var comparers = map[string]string{
	"decode/archive/row.go":      "it gives each status a number in the index",
	"ui/view/digest.go":          "it leaves out the word that a line begins with",
	"decode/owner.go":            "it matches the word of a response with the claims of rows",
	"proxy/mock/find.go":         "it looks for the same command in the recording",
	"proxy/replay/gate.go":       "a limit is for the command that the user names",
	"ui/inspect/model/model.go":  "its rows are the index's",
	"ui/inspect/panes/detail.go": "its rows are the index's",
}

// TestNamesAreOnlyInThisPackage checks that no code outside this package spells out the
// name of a row, and that none outside it and decode/session compares rows by identity.
func TestNamesAreOnlyInThisPackage(t *testing.T) {
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
		file := filepath.ToSlash(rel)
		identities := dir != "decode/session" && comparers[file] == ""
		all := offences(t, path, names, identities)
		if comparers[file] != "" && len(offences(t, path, names, true)) == 0 {
			t.Errorf("%s compares nothing: remove it from the list", file)
		}
		found[dir] = append(found[dir], all...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Fatalf("only %d files were read", files)
	}
	for dir, list := range found {
		if len(list) == 0 {
			continue
		}
		t.Errorf("%s: use an effect, a role or another property of the row instead:\n\t%s", dir, strings.Join(list, "\n\t"))
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
			// The path of an import and the tag of a field are not words.
			f, ok := n.(*ast.Field)
			return ok && f.Tag == nil
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "of1176" {
				return false // the citation of a rule of decode/lint names a place in the RFC
			}
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && identities && s.Sel.Name == "EqualFold" && len(n.Args) == 2 && compares(n.Args[0], n.Args[1]) {
				note(n, "a row is compared")
			}
		case *ast.BasicLit:
			if word, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				if kind, ok := names[word]; ok && plainWords[word] == "" {
					note(n, fmt.Sprintf("%q is the name of a %s", word, kind))
				}
			}
		case *ast.BinaryExpr:
			if identities && (n.Op == token.EQL || n.Op == token.NEQ) && compares(n.X, n.Y) {
				note(n, "a row is compared")
			}
		case *ast.SwitchStmt:
			if identities && n.Tag != nil && identifies(n.Tag) {
				note(n, "a switch on a row")
			}
		case *ast.CaseClause:
			if identities && slices.ContainsFunc(n.List, isWord) {
				note(n, "a case is a word of the protocol")
			}
		}
		return true
	})
	return list
}

// compares reports whether a comparison is about which row it is, rather than whether
// there is one.
func compares(x, y ast.Expr) bool {
	return identifies(x) && !isNothing(y) || identifies(y) && !isNothing(x) || isWord(x) || isWord(y)
}

// identifies reports whether an expression is a row, or the word that names one: a
// field Row, Command, Word or Status, the Name of a row, or a row that is looked up.
func identifies(e ast.Expr) bool {
	if looksUp(e) {
		return true
	}
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch s.Sel.Name {
	case "Row", "Command", "Word", "Status":
		in, ok := s.X.(*ast.Ident)
		return !ok || in.Name != "protocol" // protocol.Command is a kind
	case "Name":
		in, ok := s.X.(*ast.SelectorExpr)
		return ok && in.Sel.Name == "Row" || looksUp(s.X)
	}
	return false
}

// isWord reports whether an expression is one of the constants for writing and counting,
// which must not be compared.
func isWord(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	in, ok := s.X.(*ast.Ident)
	return ok && in.Name == "protocol" && slices.Contains([]string{"OK", "NO", "BAD", "BYE", "PREAUTH"}, s.Sel.Name)
}

// looksUp reports whether an expression looks up a row.
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

// isNothing reports whether an expression is nil or an empty string.
func isNothing(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "nil"
	case *ast.BasicLit:
		return e.Value == `""`
	}
	return false
}

// TestSomeNamesArePlainWords checks that the exceptions are still names of rows.
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
