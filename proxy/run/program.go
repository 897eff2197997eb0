package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"imapscope/capture"
	"imapscope/capture/keylog"
	"imapscope/proxy"
)

// graceTime is how long connections may stay open when the program has ended.
const graceTime = 5 * time.Second

// keysFile is the program's key log, in a folder of its own.
const keysFile = "keys.log"

// Options say what to run, and how.
type Options struct {
	Args []string // the program and its arguments

	// Pointed means that the program connects to the proxy by itself: {} in Args is its
	// address. Otherwise the program's connections are redirected.
	Pointed bool

	// Inside is how this program is called in the namespace, up to the orders that Inside
	// gets; the program's arguments follow them.
	Inside    []string
	TLS, IMAP []uint16 // the ports of implicit TLS, and the others of IMAP, to redirect

	Resolver string // that answers DNS, host:port; "" is this machine's

	CA string // the PEM file of the proxy's CA; "" if the client's leg has no TLS

	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Notice         func(text string) // receives what the user should know
}

// A Program is a program to run. Close must be called when it is no longer needed.
type Program struct {
	o      Options
	dir    string
	env    environment
	space  *namespace
	merged *merged // the sockets of space for IMAP
	others others
	cmd    *exec.Cmd
	code   int
}

// New prepares a program: its namespace, if it is to have one, and its files. Errors say what
// to do.
func New(o Options) (_ *Program, err error) {
	if _, err := exec.LookPath(o.Args[0]); err != nil {
		return nil, err
	}
	p := &Program{o: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if p.dir, err = os.MkdirTemp("", "imapscope-run-*"); err != nil {
		return nil, err
	}
	keys := filepath.Join(p.dir, keysFile)
	if err := os.WriteFile(keys, nil, 0o600); err != nil {
		return nil, err
	}
	if p.env, err = environ(p.dir, o.CA, keys, os.Environ()); err != nil {
		return nil, err
	}
	if o.Pointed {
		return p, nil
	}
	inside := o.Inside
	if p.space, err = newNamespace(inside, orders{TLS: o.TLS, IMAP: o.IMAP, IPv6: hasIPv6()}, func(c *exec.Cmd) {
		c.Args = append(append(c.Args, "--"), o.Args...)
		p.prepare(c)
	}); err != nil {
		return nil, fmt.Errorf("the program's connections cannot be redirected: %w; name its server, --upstream HOST:PORT, and give the program {} as the address", err)
	}
	return p, nil
}

func (p *Program) prepare(c *exec.Cmd) {
	c.Env, c.Stdin, c.Stdout, c.Stderr = p.env, p.o.Stdin, p.o.Stdout, p.o.Stderr
	p.cmd = c
}

// hasIPv6 reports whether this machine has a route for IPv6: without one the program should
// not have one either, and use IPv4.
func hasIPv6() bool {
	c, err := net.Dial("udp6", "[2001:db8::1]:9") // nothing is sent
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// KeyLog returns the file to which the program writes its TLS keys.
func (p *Program) KeyLog() string { return p.env.get(keysVar) }

// Source returns the source that runs the program: s is the proxy as it is without one.
// Redirected connections come to s as those of a transparent proxy; those of implicit TLS use
// implicit, the others plain. Both may be nil.
func (p *Program) Source(s *proxy.Source, implicit, plain proxy.Opener, run func(context.Context, capture.Sink) error) capture.Source {
	if p.space != nil {
		s.Listener.Close() //nolint:errcheck // nothing has come to it
		p.merged = merge(p.space.tls, p.space.imap)
		s.Listener = p.merged
		s.Proxy.Opener = &byPort{port: p.space.tls.Addr().(*net.TCPAddr).Port, implicit: implicit, otherwise: plain}
	}
	return &source{p, s, run}
}

// record adds the keys that the program logs to a recording: what is recorded of its TLS can
// be read with them. Those in a file that the user named are left there, with keys of others.
func (p *Program) record(s *proxy.Source) (end func()) {
	if s.Record == nil || p.KeyLog() != filepath.Join(p.dir, keysFile) {
		return func() {}
	}
	s.Record, end = keylog.Beside(s.Record, p.KeyLog(), func(format string, args ...any) { p.o.Notice(fmt.Sprintf(format, args...)) })
	return end
}

type source struct {
	*Program
	proxied *proxy.Source
	run     func(context.Context, capture.Sink) error
}

// Run implements capture.Source: it runs the program and the proxy, until the program ends.
func (s *source) Run(ctx context.Context, sink capture.Sink) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	ctx, end := context.WithCancel(context.WithoutCancel(ctx)) // signals are for the program
	defer end()
	defer s.record(s.proxied)()
	served := make(chan error, 1)
	go func() { served <- s.run(ctx, sink) }()
	beside := s.beside(ctx)
	err := s.start(s.proxied.Listener.Addr().String())
	if err == nil {
		s.wait(signals)
	}
	end()
	late := time.AfterFunc(graceTime, func() { s.proxied.Proxy.Close() }) //nolint:errcheck // Serve returns the error
	defer late.Stop()
	err = errors.Join(err, <-served, beside())
	s.conclude()
	return err
}

// beside relays what is not IMAP, and answers DNS. done ends that.
func (s *source) beside(ctx context.Context) (done func() error) {
	if s.space == nil {
		return func() error { return nil }
	}
	relay := &proxy.Proxy{Target: proxy.Transparent, Opener: &s.others}
	ended := make(chan error, 2)
	go func() { ended <- relay.Serve(ctx, s.space.other) }()
	go func() { resolve(s.space.dns, cmp.Or(s.o.Resolver, nameserver("/etc/resolv.conf"))); ended <- nil }()
	return func() error {
		s.space.dns.Close() //nolint:errcheck // its end is what counts
		relay.Close()       //nolint:errcheck // Serve returns the error
		return errors.Join(<-ended, <-ended)
	}
}

// start starts the program.
func (s *source) start(addr string) error {
	if s.space != nil {
		return s.space.begin()
	}
	env, args := pointed(s.env, s.o.Args, addr)
	s.env = env
	c := exec.Command(args[0], args[1:]...)
	s.prepare(c)
	return c.Start()
}

// wait waits for the end of the program, to which it passes signals on.
func (s *source) wait(signals <-chan os.Signal) {
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case sig := <-signals:
				if sig != os.Interrupt { // a terminal sends that to both
					s.cmd.Process.Signal(sig) //nolint:errcheck // it may have ended
				}
			case <-ended:
				return
			}
		}
	}()
	err := s.cmd.Wait()
	close(ended)
	s.code = exitCode(err)
}

// exitCode returns the exit code of a process as a shell has it.
func exitCode(err error) int {
	exit := new(exec.ExitError)
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &exit):
		return 2
	}
	if w, ok := exit.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return exit.ExitCode()
}

// conclude reports the connections that passed by the proxy.
func (s *source) conclude() {
	if text := s.others.String(); text != "" {
		s.o.Notice(text)
	}
	if s.proxied.Proxy.Stats().Total > 0 {
		return
	}
	if s.space == nil {
		s.o.Notice("no connection came to " + s.proxied.Listener.Addr().String() + ": {} in the program's arguments, or $" + addrVar + ", is the address that it has to use")
		return
	}
	s.o.Notice(fmt.Sprintf("the program made no connection to the ports of IMAP: %v", append(s.o.IMAP, s.o.TLS...)))
}

// Code returns the exit code of the program, as a shell has it: 128 and the number of the
// signal that ended it.
func (p *Program) Code() int { return p.code }

// Close removes the program's files, and its namespace.
func (p *Program) Close() error {
	var err error
	if p.merged != nil {
		p.merged.Close() //nolint:errcheck // it returns no error
	}
	if p.space != nil {
		err = p.space.close()
	}
	if p.dir != "" {
		err = errors.Join(err, os.RemoveAll(p.dir))
	}
	return err
}
