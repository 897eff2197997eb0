package service

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"imapscope/ui/view"
)

// Fail prints why the program ends, each line inert and with the program's name. Once ctx is
// done, it does not wait for a reader that has stalled.
func Fail(ctx context.Context, w io.Writer, why string) {
	o := NewOutlet(w, OutletOptions{})
	defer context.AfterFunc(ctx, func() { o.Limit(time.Second) })()
	for line := range strings.Lines(why) {
		fmt.Fprintf(o, "imapscope: %s\n", view.Inert(cut(strings.TrimRight(line, "\n"))))
	}
	o.Close()
}

// maxError is how many bytes of a line of an error are printed: it may quote an argument of
// a megabyte.
const maxError = 4 << 10

func cut(line string) string {
	if len(line) <= maxError {
		return line
	}
	return strings.ToValidUTF8(line[:maxError/2], "") + " … " + strings.ToValidUTF8(line[len(line)-maxError/2:], "")
}
