// Command imapscope lets a person see an IMAP2 conversation (RFC 1176, and the
// IMAP family that grew out of it).
//
// One file per verb: it parses flags, wires packages together and prints
// errors. The help topics are Markdown in help/.
//
// Exit status: 0 clean, 1 findings or differences, 2 usage or I/O.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"imapscope/ui/view"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is main with its surroundings handed in.
func run(args []string, in io.Reader, out, errw io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second Ctrl-C ends at once: the handler is gone after the first.
	context.AfterFunc(ctx, stop)

	root := newRoot(&env{in: in, out: out, err: errw})
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errw)
	err := root.ExecuteContext(ctx)
	if err == nil || errors.Is(err, syscall.EPIPE) {
		return 0
	}
	if err == errFindings { // joined to another it is that one that counts
		return 1
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(errw, "imapscope: %s\n", view.Inert(strings.TrimRight(line, "\n")))
	}
	return 2
}

// errFindings is what a verb returns that did all it should, and found something.
var errFindings = errors.New("there are findings")

// env is the surroundings of a verb.
type env struct {
	in       io.Reader
	out, err io.Writer
}
