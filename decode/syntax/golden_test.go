package syntax_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

var update = flag.Bool("update", false, "write the trees that come out into testdata")

// TestGolden parses the transcripts of testdata. A transcript is a file of an
// archive; the trees of its messages are in the file with ".tree" behind its
// name.
//
// A line begins "C: " or "S: ", or "+: " for a client's line within a command;
// one that begins "   " continues the message before it. Lines end in CRLF.
// "\" at the end of a line stands for no line end at all, "\n" for a bare LF;
// "\xNN" is a byte, "\z" nothing (before spaces at the end). A literal's
// extent is counted.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
	}
}

func golden(t *testing.T, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := &txtar.Archive{Comment: ar.Comment}
	want := map[string][]byte{}
	for _, f := range ar.Files {
		want[f.Name] = f.Data
	}
	for _, f := range ar.Files {
		if strings.HasSuffix(f.Name, ".tree") {
			continue
		}
		got := trees(t, f.Name, f.Data)
		out.Files = append(out.Files, f, txtar.File{Name: f.Name + ".tree", Data: got})
		if !*update && !bytes.Equal(got, want[f.Name+".tree"]) {
			t.Errorf("%s: %s (go test -update accepts it)", f.Name, firstDifference(want[f.Name+".tree"], got))
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func firstDifference(want, got []byte) string {
	w, g := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d:\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

func trees(t *testing.T, name string, transcript []byte) []byte {
	var out bytes.Buffer
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
	return out.Bytes()
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
