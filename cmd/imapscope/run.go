package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/proxy"
	launch "imapscope/proxy/run"
	"imapscope/proxy/tls"
	"imapscope/ui/service"
)

// runFlags holds the flags of the run verb: some of the proxy's, and its own.
type runFlags struct {
	proxyFlags
	tlsPorts pcap.Ports
	keepTLS  bool
	inside   string
}

func newRun(e *env) *cobra.Command {
	var o runFlags
	c := &cobra.Command{
		Use:  "run [flags] -- PROGRAM [ARG…]",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if o.inside != "" {
				return launch.Inside(o.inside, args)
			}
			if f := c.Flags(); o.server == "" && (f.Changed("client-tls") || f.Changed("upstream-tls")) {
				return usage("--client-tls and --upstream-tls go with --upstream HOST:PORT")
			}
			return o.run(c.Context(), e, args)
		},
	}
	f := c.Flags()
	f.SetInterspersed(false) // what follows PROGRAM is the program's
	o.output.flags(c)
	o.legs.flags(f)
	o.recording.flags(f)
	f.Var(&o.tlsPorts, "tls-port", "a server `port` that has TLS from the first byte on, in addition to 993 (repeatable)")
	f.BoolVar(&o.keepTLS, "keep-tls", false, "leave TLS as it is, and read it with the keys that the program logs to $SSLKEYLOGFILE")
	f.StringVar(&o.server, "upstream", "", "do not redirect: relay to this server, `host:port`; the program gets the proxy's address as {}")
	f.StringVar(&o.inside, "inside", "", "for imapscope itself")
	f.Lookup("inside").Hidden = true
	return c
}

func (o *runFlags) run(ctx context.Context, e *env, args []string) error {
	own := *e
	own.out = e.tty // standard output is the program's
	o.listen = "127.0.0.1:0"
	if o.server == "" {
		if o.transparent = "redirect"; !o.keepTLS {
			o.client, o.upstream = tls.Implicit.String(), tls.Implicit.String()
		}
	}
	s, w, err := o.stream(&own, true)
	if err != nil {
		return err
	}
	log, flush := service.Log(e.err, slog.LevelInfo)
	defer flush()
	r, err := o.relay(ctx, &own, log)
	if err != nil {
		return err
	}
	var implicit, plain proxy.Opener
	ca := ""
	if c, ok := r.source.Proxy.Opener.(*tls.Config); ok && c.CA != nil {
		implicit, ca = c, c.CA.Path()
	}
	if len(o.strip) > 0 {
		plain = &tls.Config{Strip: o.strip, Log: log}
	}
	p, err := launch.New(launch.Options{
		Args: args, Pointed: o.server != "", Inside: []string{os.Args[0], "run", "--inside"},
		TLS: append(o.tlsPorts, 993), IMAP: append(o.ports, 143), CA: ca,
		Stdin: e.in, Stdout: os.Stdout, Stderr: os.Stderr,
		Notice: func(text string) { fmt.Fprintf(e.err, "imapscope: %s\n", text) },
	})
	if err != nil {
		return errors.Join(err, r.source.Listener.Close(), r.close())
	}
	o.keylog = p.KeyLog()
	src := o.keyed(p.Source(&r.source, implicit, plain, r.Run), true, e.err)
	sink := decode.NewDemux(decode.Options{Keep: o.keep(), Dialect: o.dialect}, decode.Handlers{s, r.figures})
	err = src.Run(ctx, sink)
	err = errors.Join(err, o.finish(&own, w, s), p.Close())
	if code := p.Code(); code != 0 {
		if err != nil {
			service.Fail(ctx, e.err, err.Error())
		}
		return exitCode(code)
	}
	return err
}
