package decode

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"imapscope/capture"
)

var update = flag.Bool("update", false, "write the golden files anew")

// parseScript reads a transcript. Each line is octets of one side:
//
//	C: text   with CRLF        C\ text  with a bare LF      C| text  with nothing
//	C! 12     that many octets were lost
//
// and "S" for the server. \xNN within a text is that octet.
func parseScript(t *testing.T, text []byte) []piece {
	t.Helper()
	var out []piece
	for i, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		if len(line) < 2 || (line[0] != 'C' && line[0] != 'S') {
			t.Fatalf("line %d: %q", i+1, line)
		}
		p := piece{dir: capture.ClientToServer}
		if line[0] == 'S' {
			p.dir = capture.ServerToClient
		}
		body := strings.TrimPrefix(line[2:], " ")
		if strings.Contains(body, `\x`) {
			q, err := strconv.Unquote(`"` + strings.ReplaceAll(body, `"`, `\"`) + `"`)
			if err != nil {
				t.Fatalf("line %d: %v", i+1, err)
			}
			body = q
		}
		switch line[1] {
		case ':':
			p.data = []byte(body + "\r\n")
		case '\\':
			p.data = []byte(body + "\n")
		case '|':
			p.data = []byte(body)
		case '!':
			if _, err := fmt.Sscan(body, &p.lost); err != nil {
				t.Fatalf("line %d: %v", i+1, err)
			}
		default:
			t.Fatalf("line %d: %q", i+1, line)
		}
		out = append(out, p)
	}
	return out
}

// TestScripts decodes each transcript, whole and in pieces, and compares what
// comes out with what the file says.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []byte
			var ps []piece
			for _, f := range ar.Files {
				switch f.Name {
				case "script":
					ps = parseScript(t, f.Data)
				case "want":
					want = f.Data
				}
			}
			o := Options{Keep: 1024, MidStream: bytes.Contains(ar.Comment, []byte("(mid-stream)"))}
			got, _ := run(o, ps, 0)
			for _, cut := range []int{1, 2, 3, 7, 64} {
				if in, _ := run(o, ps, cut); in != got {
					t.Errorf("cut every %d octets:\n%s", cut, cmp.Diff(got, in))
				}
			}
			if *update {
				ar.Files = []txtar.File{ar.Files[0], {Name: "want", Data: []byte(got)}}
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}
