// Command imapscope shows IMAP2 conversations (RFC 1176, and the IMAP family that grew
// out of it).
//
// One file per verb: it parses flags, wires packages together and prints
// errors. The help topics are Markdown in help/.
//
// Exit codes: 0 success, 1 findings or differences, 2 wrong usage or failed I/O, 130
// interrupted. run has that of its program.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
	_ "time/tzdata" // for --zone where the system has no zones, as Windows

	"imapscope/ui/service"
	"imapscope/ui/view"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is main with explicit arguments and streams; it returns the exit code.
func run(args []string, in io.Reader, out, errw io.Writer) int {
	ctx, stop := service.Context(context.Background())
	defer stop()
	inert := view.NewInertWriter(errw, append(os.Environ(), args...)...)
	root := newRoot(&env{in: in, out: out, err: inert, tty: errw})
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(inert)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if code := exitCode(0); errors.As(err, &code) {
		return int(code)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		service.Fail(ctx, inert, "interrupted")
		return exitInterrupted
	}
	if onlyFindings(err) {
		return 1
	}
	if f := new(fs.PathError); errors.As(err, &f) && f.Path == os.Stdout.Name() && f.Err == syscall.EPIPE {
		return 128 + int(syscall.SIGPIPE) // as if it had not been ignored
	}
	service.Fail(ctx, inert, inert.Names(err.Error()))
	return 2
}

// exitInterrupted is the exit code of a verb that did not complete its work because of
// Ctrl-C or SIGTERM: 128 and the number of the former, as shells have it.
const exitInterrupted = 130

// exitCode is the error of a verb that passes on the exit code of a program.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// errFindings is returned by a verb that succeeded and has findings or differences to report.
var errFindings = errors.New("there are findings")

// onlyFindings reports whether an error is errFindings. If that is joined to another error, the other
// one decides.
func onlyFindings(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return !slices.ContainsFunc(joined.Unwrap(), func(e error) bool { return !onlyFindings(e) })
	}
	return err == errFindings
}

// An env holds the standard streams of a verb.
type env struct {
	in  io.Reader
	out io.Writer
	err io.Writer // makes what is written inert
	tty io.Writer // standard error itself, for progress bars

	workers int // that decode connections at the same time; 0: as many as there are processors
}

// outlive puts Streams between a verb that runs for long and its outputs; see there.
func (e *env) outlive(ctx context.Context, serves bool) *service.Streams {
	s := service.Outlive(ctx, e.out, e.err, serves)
	e.out, e.err = s.Out, s.Err
	return s
}
