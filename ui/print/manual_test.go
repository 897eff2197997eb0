package print

import (
	"strings"
	"testing"
	"time"
)

// TestManual holds every form of text: paragraphs, lists in lists, headings and lines that stay as
// they are; and what would be a request or another character is escaped.
func TestManual(t *testing.T) {
	m := Manual{
		Name: "imapscope-x", Section: 1, Title: `Show "it"`, Synopsis: "imapscope x FILE", Version: "0.1.0", Date: time.Unix(1764500000, 0).UTC(),
		Text:     "One, and\nthe same.\n\n.not a request\n'neither -x \\n ^~`\n\n  a  b\n\n    c\n- one\n  more\n  - inner\n- two\n\n## Next\n\nText.\n\n### Last\n",
		Options:  []ManualOption{{"-o, --output file", "write to file"}},
		Examples: "  imapscope x\n",
		SeeAlso:  []string{"imapscope(1)"},
	}
	const want = `.TH "IMAPSCOPE-X" "1" "2025-11-30" "imapscope 0.1.0" "imapscope manual"
.SH "NAME"
imapscope-x \- Show "it"
.SH "SYNOPSIS"
\fBimapscope x FILE\fR
.SH "DESCRIPTION"
One, and
the same.
.PP
\&.not a request
\&'neither \-x \en \(ha\(ti\(ga
.PP
.nf
\&  a  b

\&    c
.fi
.IP \(bu 2
one
more
.RS 2
.IP \(bu 2
inner
.RE
.IP \(bu 2
two
.SH "Next"
Text.
.SS "Last"
.SH "OPTIONS"
.TP
\fB\-o, \-\-output file\fR
write to file
.SH "EXAMPLES"
.nf
\&  imapscope x
.fi
.SH "SEE ALSO"
imapscope(1)
`
	var b strings.Builder
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	if b.String() != want {
		t.Errorf("%s\nnot\n%s", b.String(), want)
	}
}
