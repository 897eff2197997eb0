package print

import (
	"fmt"
	"io"
	"strings"

	"imapscope/decode/redact/scrub"
	"imapscope/ui/view"
)

// Redacted writes what was replaced in a copy of a capture, in up to four lines. In and
// out are the user's names for the two.
func Redacted(w io.Writer, in, out string, r scrub.Report) {
	var what []string
	for _, k := range scrub.Kinds() {
		if n := r.Replaced[k]; n > 0 {
			what = append(what, view.Count(n, k.String()))
		}
	}
	if len(what) == 0 {
		what = []string{"nothing"}
	}
	fmt.Fprintf(w, "imapscope: %s in %s of %s replaced: %s\n", view.Count(r.Words, "different word"), view.Count(r.Conns, "connection"), in, strings.Join(what, ", "))
	if r.Hosts > 0 {
		fmt.Fprintf(w, "imapscope: IP addresses replaced: %d\n", r.Hosts)
	}
	if r.Blanked > 0 {
		fmt.Fprintf(w, "imapscope: %d of %d bytes were not understood and are blank\n", r.Blanked, r.Octets)
	}
	if r.GivenUp > 0 {
		fmt.Fprintf(w, "imapscope: blank from where they had too much waiting to be understood: %s\n", view.Count(r.GivenUp, "connection"))
	}
	if r.Beyond > 0 {
		fmt.Fprintf(w, "imapscope: %s was searched for the first %d words only: there are too many to remember\n", out, r.Words)
		return
	}
	fmt.Fprintf(w, "imapscope: none of these words is in %s\n", out)
}
