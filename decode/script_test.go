package decode_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"imapscope/decode"
	"imapscope/decode/decodetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestScripts decodes each transcript, whole and in pieces, and compares the events
// with those in the file.
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
			var ps []decodetest.Piece
			for _, f := range ar.Files {
				switch f.Name {
				case "script":
					if ps, err = decodetest.Parse(string(f.Data)); err != nil {
						t.Fatal(err)
					}
				case "want":
					want = f.Data
				}
			}
			o := decode.Options{Keep: 1024, MidStream: bytes.Contains(ar.Comment, []byte("(mid-stream)"))}
			got, _ := run(o, ps, 0)
			for _, cut := range []int{1, 2, 3, 7, 64} {
				if in, _ := run(o, ps, cut); in != got {
					t.Errorf("cut every %d bytes:\n%s", cut, cmp.Diff(got, in))
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
