package service

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"imapscope/ui/view"
)

// Fail prints the error with which the program ends, each line inert and with the program's
// name. Once ctx is done, it does not wait for a reader that has stalled.
func Fail(ctx context.Context, w io.Writer, err error) {
	o := NewOutlet(w, OutletOptions{})
	defer context.AfterFunc(ctx, func() { o.Limit(time.Second) })()
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(o, "imapscope: %s\n", view.Inert(strings.TrimRight(line, "\n")))
	}
	o.Close()
}
