package syntax_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"imapscope/capture/golden"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// TestGolden parses the transcripts of testdata. A transcript is a file of an
// archive; the trees of its messages are in the file with ".tree" behind its
// name.
//
// A line begins "C: " or "S: ", or "+: " for a client's line within a command;
// one that begins "   " continues the message before it. Lines end in CRLF.
// "\" at the end of a line means no line end at all, "\n" for a bare LF;
// "\xNN" is a byte, "\z" nothing (before spaces at the end). A literal's
// extent is counted.
func TestGolden(t *testing.T) {
	golden.Archives(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		for _, f := range slices.Clone(a.Files) {
			if !strings.HasSuffix(f.Name, ".tree") {
				a.Compare(f.Name+".tree", trees(t, f.Name, []byte(a.Part(f.Name))))
			}
		}
	})
}

func trees(t *testing.T, name string, transcript []byte) string {
	var out strings.Builder
	for _, s := range messages(t, name, transcript) {
		m, n := wire.Split(s.bytes, s.who == 'C')
		if n != len(s.bytes) {
			t.Errorf("%s: %q is more than one message", name, s.bytes)
			continue
		}
		var tree *syntax.Node
		switch s.who {
		case 'C':
			tree = syntax.ParseRequest(m)
		case 'S':
			tree = syntax.ParseResponse(m)
		default:
			tree = syntax.ParseContinuation(m)
		}
		if err := invariant(tree, m); err != nil {
			t.Errorf("%s: %q: %v", name, s.bytes, err)
		}
		readAll(tree, m.Raw)
		out.WriteString(dump(tree, m.Raw))
	}
	return out.String()
}

// said is one message of a transcript.
type said struct {
	who   byte // 'C', 'S' or '+'
	bytes []byte
}

func messages(t testing.TB, name string, transcript []byte) []said {
	var list []said
	for line := range strings.Lines(string(transcript)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if len(line) < 3 || !strings.Contains("CS+ ", line[:1]) {
			t.Fatalf("%s: bad line %q", name, line)
		}
		b := unescape(line[3:])
		if line[0] == ' ' {
			list[len(list)-1].bytes = append(list[len(list)-1].bytes, b...)
		} else {
			list = append(list, said{line[0], b})
		}
	}
	return list
}

func unescape(line string) []byte {
	end := "\r\n"
	if s, ok := strings.CutSuffix(line, `\n`); ok {
		line, end = s, "\n"
	} else if s, ok := strings.CutSuffix(line, `\`); ok {
		line, end = s, ""
	}
	var b []byte
	for len(line) > 0 {
		var c byte
		if strings.HasPrefix(line, `\z`) {
			line = line[2:]
		} else if _, err := fmt.Sscanf(line, `\x%02x`, &c); err == nil {
			b, line = append(b, c), line[4:]
		} else {
			b, line = append(b, line[0]), line[1:]
		}
	}
	return append(b, end...)
}
