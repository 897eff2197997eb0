package syntax_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture/golden"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// TestExamples compares the trees of the RFCs' own examples with the expected ones. In
// testdata/examples each message ("C: " or "S: ", and its literals as in TestGolden) is
// followed by "= " and its tree on one line: leaves as role or kind, colon and bytes, other
// nodes as role or kind and their kids in braces. An error follows its node, with the
// RFC that it cites. A message without errors may have no generic node, unless the line
// before it begins with "# unknown" and says why.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/examples/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { examples(t, file) })
	}
}

func examples(t *testing.T, file string) {
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got, block bytes.Buffer
	unknown := false
	end := func() {
		if block.Len() > 0 {
			got.WriteString(exampleTree(t, file, block.Bytes(), unknown))
			unknown = false
		}
		block.Reset()
	}
	for line := range strings.Lines(string(want)) {
		switch {
		case strings.HasPrefix(line, "= "):
			continue
		case !strings.HasPrefix(line, "   "):
			end()
		}
		got.WriteString(line)
		unknown = unknown || strings.HasPrefix(line, "# unknown")
		if strings.HasPrefix(line, "C: ") || strings.HasPrefix(line, "S: ") || strings.HasPrefix(line, "   ") {
			block.WriteString(line)
		}
	}
	end()
	golden.File(t, file, got.String())
}

// exampleTree returns the line with the tree of one message.
func exampleTree(t *testing.T, name string, transcript []byte, unknown bool) string {
	s := messages(t, name, transcript)[0]
	m, n := wire.Split(s.bytes, s.who == 'C')
	if n != len(s.bytes) {
		t.Errorf("%s: %q is more than one message", name, s.bytes)
	}
	tree := syntax.ParseResponse(m)
	if s.who == 'C' {
		tree = syntax.ParseRequest(m)
	}
	if err := invariant(tree, m); err != nil {
		t.Errorf("%s: %q: %v", name, s.bytes, err)
	}
	generic, errors := 0, 0
	for n := range tree.All() {
		if n.Generic() {
			generic++
		}
		if n.Err != nil {
			errors++
		}
	}
	if errors == 0 && (generic > 0) != unknown {
		t.Errorf("%s: %q: %d generic nodes", name, s.bytes, generic)
	}
	var b strings.Builder
	b.WriteString("=")
	for i := range tree.Kids {
		if tree.Kids[i].Kind != syntax.KindTag {
			oneLine(&b, &tree.Kids[i], m.Raw)
		}
	}
	return b.String() + "\n"
}

// oneLine appends a node in the form of testdata/examples.
func oneLine(b *strings.Builder, n *syntax.Node, raw []byte) {
	switch n.Kind {
	case syntax.KindSP, syntax.KindCRLF, syntax.KindOpen, syntax.KindClose:
		if n.Err == nil {
			return
		}
	}
	label := n.Kind.String()
	if n.Role != protocol.RoleNone {
		label = n.Role.String()
	}
	fmt.Fprintf(b, " %s", strings.ReplaceAll(label, " ", "-"))
	switch {
	case len(n.Kids) > 0:
		b.WriteString("{")
		from := b.Len()
		for i := range n.Kids {
			oneLine(b, &n.Kids[i], raw)
		}
		inner := strings.TrimPrefix(b.String()[from:], " ")
		outer := b.String()[:from]
		b.Reset()
		b.WriteString(outer + inner + "}")
	case n.Kind != syntax.KindMissing:
		text := string(n.Bytes(raw))
		if strings.ContainsAny(text, "\r\n\x00") {
			text = fmt.Sprintf("%q", text)
		}
		b.WriteString(":" + text)
	}
	if n.Err != nil {
		fmt.Fprintf(b, " !!%s(%s)", n.Err.Want, strings.SplitN(n.Err.Ref, ",", 2)[0])
	}
}
