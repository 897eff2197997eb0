package conform

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"imapscope/samples/server"
)

// TestQuirksAreFound checks that each fault that the sample server can have is found: by a step,
// by a rule, or because there is no greeting.
func TestQuirksAreFound(t *testing.T) {
	for _, q := range server.Quirks() {
		t.Run(q.Name, func(t *testing.T) {
			s, err := server.New(server.Options{Quirks: []string{q.Name}})
			if err != nil {
				t.Fatal(err)
			}
			d := serve(t, func(c net.Conn) { s.ServeConn(context.Background(), c) })
			r := &Runner{Dial: d, User: "fred", Password: "secret", Timeout: 300 * time.Millisecond, Expunge: true}
			out, err := r.Run(t.Context(), embeddedScripts(t, "rfc1176"))
			switch {
			case err != nil && !strings.Contains(err.Error(), "greet"):
				t.Error(err)
			case err == nil && len(failures(out)) == 0:
				t.Errorf("not found: %s (%s)", q.Doc, q.Cite)
			}
		})
	}
}
