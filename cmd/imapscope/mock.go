package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"imapscope/decode/script"
	"imapscope/proxy"
	"imapscope/proxy/fallback"
	"imapscope/proxy/metrics"
	"imapscope/proxy/mock"
	"imapscope/proxy/tls"
	"imapscope/ui/print"
	"imapscope/ui/service"
	"imapscope/ui/view"
)

// mockFlags holds the flags of mock.
type mockFlags struct {
	listen string
	pace   string
	strict bool
	tls    string
	reading
	faultFlags
}

func newMock(e *env) *cobra.Command {
	var o mockFlags
	c := &cobra.Command{
		Use:  "mock FILE… --listen ADDR",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "", "the address to listen on, `host:port`; port 0 means any free one")
	f.StringVar(&o.pace, "pace", "none", "recorded, none (answer at once), or a multiple of the recorded times: 0.5x, 2x")
	f.BoolVar(&o.strict, "strict", false, "answer BAD to commands that the recording has no answer for")
	f.StringVar(&o.tls, "tls", "plain", "TLS with clients: plain, starttls (offered) or implicit; see 'imapscope ca'")
	o.readingFlags(f)
	o.keylogFlag(f)
	o.faultFlags.flags(f)
	return c
}

func (o *mockFlags) run(ctx context.Context, e *env, files []string) (err error) {
	if o.listen == "" {
		return usage("mock: no address to listen on; for example: --listen 127.0.0.1:1143")
	}
	pace, err := script.ParsePace(o.pace)
	if err != nil {
		return fmt.Errorf("--pace: %w", err)
	}
	hands, err := o.hands()
	if err != nil {
		return err
	}
	mode, err := tls.ParseMode(o.tls)
	if err != nil {
		return fmt.Errorf("--tls: %w", err)
	}
	s, err := recorded(ctx, e, files, &o.reading)
	if err != nil {
		return err
	}
	warnLeftOut(e, s)
	defer e.outlive(ctx, true).Close(&err)
	missing := print.NewUnanswered(e.err)
	opts, err := o.options(s, pace, missing)
	if err != nil {
		return err
	}
	m := mock.New(s, opts)
	if m.Sessions() == 0 {
		return noKeys(usage("%s: no session that mock can answer from%s", strings.Join(files, " "), s.Because()))
	}
	l, err := proxy.Listen(ctx, o.listen, false)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.err, "imapscope: answering on %s from %s; Ctrl-C ends it\n", l.Addr(), view.Count(m.Sessions(), "recorded session"))
	log, flush := service.Log(e.err, slog.LevelInfo)
	defer flush()
	serve := func(l net.Listener) error { return m.Serve(ctx, proxy.Patient(l, log)) }
	front, err := o.front(hands, mode, log)
	switch {
	case err != nil:
		return errors.Join(err, l.Close())
	case front != nil:
		err = behind(ctx, front, l, serve)
	default:
		err = serve(l)
	}
	if err != nil {
		return err
	}
	n, err := missing.List(e.out)
	if err == nil && n > 0 {
		return errFindings
	}
	return err
}

// options returns how the mock of a recording answers. What it has no answer for is reported to
// missing.
func (o *mockFlags) options(s *script.Script, pace float64, missing *print.Unanswered) (mock.Options, error) {
	opts := mock.Options{Pace: pace, Dialect: o.dialect, Missing: missing.Missing, Connected: missing.Connected}
	if o.strict {
		return opts, nil
	}
	open, values, err := fallback.New(s)
	if err != nil {
		return opts, err
	}
	opts.Fallback, opts.Values, opts.Withhold = func() mock.Handler { return open() }, values, fallback.Lacking(s)
	return opts, nil
}

// front returns the proxy that serves TLS and breaks what passes in front of the mock, or nil
// if neither is asked for.
func (o *mockFlags) front(hands *hands, mode tls.Mode, log *slog.Logger) (*proxy.Proxy, error) {
	if !hands.act() && mode == tls.Plain {
		return nil, nil
	}
	front := &proxy.Proxy{Log: log}
	if hands.act() {
		front.Hook = hands.hook(view.Options{}, o.dialect, metrics.New(), log)
	}
	if mode != tls.Plain {
		ca, err := ownCA()
		if err != nil {
			return nil, err
		}
		front.Opener = &tls.Config{Client: mode, CA: ca, Log: log}
	}
	return front, nil
}

// behind has serve answer behind a proxy that listens on l, at a port of loopback of its own.
func behind(ctx context.Context, p *proxy.Proxy, l net.Listener, serve func(net.Listener) error) error {
	inner, err := proxy.Listen(ctx, "127.0.0.1:0", false)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	p.Target = proxy.Fixed(inner.Addr().String())
	served := make(chan error, 1)
	go func() {
		err := serve(inner)
		served <- errors.Join(err, p.Close()) // a fault may hold a connection open
	}()
	err = p.Serve(ctx, l)
	return errors.Join(err, <-served)
}
