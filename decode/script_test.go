package decode_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture/golden"
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// TestScripts decodes each transcript, whole and in pieces, and compares the events
// with those in the file.
func TestScripts(t *testing.T) {
	golden.Archives(t, "testdata/script/*.txtar", func(t *testing.T, a *golden.Archive) {
		ps, err := decodetest.Parse(a.Part("script"))
		if err != nil {
			t.Fatal(err)
		}
		o := decode.Options{Keep: 1024, MidStream: bytes.Contains(a.Comment, []byte("(mid-stream)"))}
		got, _ := run(o, ps, 0)
		for _, cut := range []int{1, 2, 3, 7, 64} {
			if in, _ := run(o, ps, cut); in != got {
				t.Errorf("cut every %d bytes:\n%s", cut, cmp.Diff(got, in))
			}
		}
		a.Compare("want", got)
	})
}
