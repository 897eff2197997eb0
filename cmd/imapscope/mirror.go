package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/proxy/mirror"
	"imapscope/proxy/replay"
	"imapscope/ui/print"
)

// mirrorFlags holds the flags by which the proxy sends the traffic to a second server, too.
type mirrorFlags struct {
	mirror   string
	writes   bool
	set      []string
	mine     bool
	tls      string
	insecure bool
	trust    string
	timeout  time.Duration
	counted
}

func (o *mirrorFlags) flags(f *pflag.FlagSet) {
	f.StringVar(&o.mirror, "mirror", "", "also send what clients send to a second server, `host:port`, and compare the answers (imapscope help mirroring)")
	f.BoolVar(&o.writes, "mirror-writes", false, "also send it the commands that change something")
	f.StringArrayVar(&o.set, "set", nil, "with --mirror: replace what must differ for the second server: `user=…,password=…,mailbox=…`, token=…, or mailbox:OLD=NEW (repeatable)")
	f.StringVar(&o.tls, "mirror-tls", "plain", "TLS with the second server: plain, starttls or implicit")
	f.BoolVar(&o.insecure, "mirror-insecure", false, "accept any certificate from the second server")
	f.StringVar(&o.trust, "mirror-ca", "", "also trust the certificates in this PEM `file`, in addition to the system's, for the second server")
	f.DurationVar(&o.timeout, "mirror-timeout", replay.DefaultTimeout, "the longest time to wait for the second server")
	f.BoolVar(&o.mine, "yes-this-is-my-server", false, "allow a second server that is not on loopback: it gets the users' passwords")
	o.counted.flags(f)
	for _, name := range []string{"strict", "ignore"} {
		f.Lookup(name).Usage = "with --mirror: " + f.Lookup(name).Usage
	}
}

// unmirrored returns an error if a flag is set that only matters to a mirror, and there is none.
func (o *mirrorFlags) unmirrored(changed func(name string) bool) error {
	if o.mirror != "" {
		if changed("report") || changed("inspect") {
			return usage("proxy: --mirror excludes --report and --inspect")
		}
		return nil
	}
	for _, name := range []string{"mirror-writes", "set", "mirror-tls", "mirror-insecure", "mirror-ca", "mirror-timeout", "yes-this-is-my-server", "strict", "ignore"} {
		if changed(name) {
			return usage("proxy: --%s is about a second server; name it: --mirror host:port", name)
		}
	}
	return nil
}

// A shadow is a running mirror and its output. A nil one does nothing.
type shadow struct {
	*mirror.Mirror
	output *output
	mu     sync.Mutex // held while something is printed
	err    error      // of printing
	over   bool       // it was stopped
}

// startMirror starts the mirror that the flags describe, which prints to w; nil if there is none.
func (o *mirrorFlags) startMirror(ctx context.Context, e *env, out *output, w *bufio.Writer) (*shadow, error) {
	if o.mirror == "" {
		return nil, nil
	}
	if err := allowedServer(ctx, "--mirror", o.mirror, o.mine, "it gets the users' passwords"); err != nil {
		return nil, err
	}
	compare, err := o.counted.options()
	if err != nil {
		return nil, err
	}
	compare.TLS = true // either side may be plaintext
	p := replay.Player{Timeout: o.timeout}
	if p.Set, err = replay.ParseBindings(o.set); err != nil {
		return nil, fmt.Errorf("--set %w", err)
	}
	if p.Dial, err = (dialer{"--mirror-", o.mirror, o.tls, o.trust, o.insecure, o.timeout}).dial(); err != nil {
		return nil, err
	}
	s := &shadow{output: out}
	printed := print.NewMirrored(w, out.format, print.TextOptions{Options: out.shown, Width: width(e), Color: colored(e), Verbose: out.verbose})
	options := mirror.Options{Player: p, Compare: compare, Writes: o.writes, Dialect: out.dialect}
	if out.format == "text" || out.format == "jsonl" {
		options.Differs = func(d *mirror.Difference) { s.print(func() error { return printed.Difference(d) }) }
		options.Ended = func(c capture.ConnID, why string) { s.print(func() error { return printed.Ended(c, why) }) }
	}
	s.Mirror = mirror.New(options)
	return s, nil
}

func (s *shadow) print(f func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = f()
	}
}

// apart returns a handler that prints while the mirror does not.
func (s *shadow) apart(h decode.Handler) decode.Handler {
	if s == nil {
		return h
	}
	return &turns{s, h}
}

// turns is a decode.Handler whose calls exclude the mirror's printing.
type turns struct {
	s *shadow
	h decode.Handler
}

// Open implements decode.Handler.
func (t *turns) Open(c capture.Conn) error {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.h.Open(c)
}

// Events implements decode.Handler.
func (t *turns) Events(id capture.ConnID, events []decode.Event) error {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.h.Events(id, events)
}

// finish ends the mirror and prints what it has compared. It returns errFindings if the servers
// differ.
func (s *shadow) finish(e *env, w *bufio.Writer) error {
	if s == nil {
		return nil
	}
	r := s.Stop()
	s.over = true
	err := errors.Join(s.err, r.Err)
	if s.err != nil {
		return err // the output has failed
	}
	switch s.output.format {
	case "text":
		err = errors.Join(err, print.Mirror(w, r), w.Flush())
	case "jsonl":
		err = errors.Join(err, print.MirrorJSON(w, r), w.Flush())
	default:
		err = errors.Join(err, print.Mirror(e.err, r))
	}
	if err == nil && r.Failed() {
		return errFindings
	}
	return err
}

// quit stops the mirror if it was not finished.
func (s *shadow) quit() {
	if s != nil && !s.over {
		s.Stop()
	}
}

// mirrored has a mirror get a copy of the traffic.
func (r *relay) mirrored(s *shadow) {
	if s == nil {
		return
	}
	r.source.Copies = append(r.source.Copies, s.Mirror)
	figure := func(of func(*mirror.Report) int64) func() int64 { return func() int64 { return of(s.Report()) } }
	r.figures.Tap("mirror", s.Mirror)
	r.figures.Mirror(
		figure(func(r *mirror.Report) int64 { return r.Same }), figure(func(r *mirror.Report) int64 { return r.Different }),
		figure((*mirror.Report).NotPlayed), figure((*mirror.Report).EndedEarly))
}
