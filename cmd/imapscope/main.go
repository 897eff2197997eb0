// Command imapscope shows IMAP2 conversations (RFC 1176, and the IMAP family that grew
// out of it).
//
// One file per verb: it parses flags, wires packages together and prints
// errors. The help topics are Markdown in help/.
//
// Exit codes: 0 success, 1 findings or differences, 2 wrong usage or failed I/O, 130
// interrupted.
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

// run is main with explicit arguments and streams; it returns the exit code.
func run(args []string, in io.Reader, out, errw io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Remove the handler after the first signal, so that a second Ctrl-C kills the program.
	context.AfterFunc(ctx, stop)

	inert := view.NewInertWriter(errw, append(os.Environ(), args...)...)
	root := newRoot(&env{in: in, out: out, err: inert, tty: errw})
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(inert)
	err := root.ExecuteContext(ctx)
	if err == nil || errors.Is(err, syscall.EPIPE) {
		return 0
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(errw, "imapscope: interrupted")
		return exitInterrupted
	}
	if err == errFindings { // not errors.Is: if it is joined to another error, that one decides
		return 1
	}
	for line := range strings.Lines(inert.Names(err.Error())) {
		fmt.Fprintf(inert, "imapscope: %s\n", strings.TrimRight(line, "\n"))
	}
	return 2
}

// exitInterrupted is the exit code of a verb that did not complete its work because of
// Ctrl-C or SIGTERM: 128 and the number of the former, as shells have it.
const exitInterrupted = 130

// errFindings is returned by a verb that succeeded and has findings or differences to report.
var errFindings = errors.New("there are findings")

// An env holds the standard streams of a verb.
type env struct {
	in  io.Reader
	out io.Writer
	err io.Writer // makes what is written inert
	tty io.Writer // standard error itself, for progress bars
}
