package mock_test

import (
	"os"
	"path/filepath"
	"testing"

	"imapscope/capture/shared"
	"imapscope/decode/diff"
	"imapscope/proxy/mock"
)

// TestMockAnswersPublicCaptures does the same with other people's captures, which are not part of the
// project. Nothing of them is shown.
func TestMockAnswersPublicCaptures(t *testing.T) {
	for _, file := range shared.Glob(t, "public/*/*.*") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			s, err := read(t, file)
			if err != nil || len(s.Sessions) == 0 || len(s.Sessions) > 200 {
				t.Skipf("%d sessions, %v", len(s.Sessions), err)
			}
			p := serve(t, s, mock.Options{})
			exchanges, differ, trouble := 0, 0, 0
			for _, x := range p.PlayAll(t.Context(), s) {
				trouble += len(x.Trouble)
				if testing.Verbose() && os.Getenv("SHOW") != "" {
					for _, l := range x.Trouble {
						t.Log(x.Session.Conn.ID, l)
					}
				}
				exchanges += len(x.Pairs)
				for _, d := range x.Divergences(diff.Options{}) {
					differ++
					if os.Getenv("SHOW") != "" {
						for _, y := range d.Differences {
							t.Log(x.Session.Conn.ID, d.Recorded, d.Command, y.Path, d.Note, d.Stray)
						}
					}
				}
			}
			t.Logf("%d sessions, %d exchanges", len(s.Sessions), exchanges)
			if differ+trouble > 0 {
				t.Errorf("%d differ, %d failures", differ, trouble)
			}
		})
	}
}
