package main

import (
	"bytes"
	"context"
	ctls "crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/spf13/pflag"

	"imapscope/capture/outfile"
	"imapscope/decode"
	"imapscope/proxy/intercept/breakage"
	"imapscope/proxy/intercept/fault"
	launch "imapscope/proxy/run"
	"imapscope/proxy/tls"
	"imapscope/ui/service"
)

// walking holds the flags of the proxy that leads a client through faults.
type walking struct {
	report       string
	limit        time.Duration
	user         string
	passwordFile string
	account      breakage.Account // of user
}

func (o *walking) flags(f *pflag.FlagSet) {
	f.StringVar(&o.report, "report", "", "have the faults act one by one, and write how the client took each to this `file`, as JSON lines; see 'imapscope help breakage'")
	f.DurationVar(&o.limit, "time-limit", breakage.DefaultLimit, "with --report: how long the client may take, or be silent after a fault")
	f.StringVar(&o.user, "mail-user", "", "with --report and a program: look for lost and doubled mail on the server, as this `user`")
	f.StringVar(&o.passwordFile, "mail-password-file", "", "the `file` with the password of --mail-user in its first line")
}

// unused reports a flag that has no effect without --report.
func (o *walking) unused() error {
	switch {
	case o.limit != breakage.DefaultLimit:
		return usage("--time-limit goes with --report")
	case o.user != "" || o.passwordFile != "":
		return usage("--mail-user and --mail-password-file go with --report")
	}
	return nil
}

// runWalk leads a client through the faults, or the program that args name.
func (o *proxyFlags) runWalk(ctx context.Context, e *env, args []string) (err error) {
	opts, err := o.walkOptions(args)
	if err != nil {
		return err
	}
	defer e.outlive(ctx, true).Close(&err)
	out, err := outfile.Create(o.report, outfile.Options{Replace: o.record.Force})
	if err != nil {
		return forceHint(err)
	}
	defer out.Discard() //nolint:errcheck // it was committed, or another error says why not
	opts.Report = func(r *breakage.Result) error { return json.NewEncoder(out).Encode(r) }
	var addr string // of the proxy
	if len(args) > 0 {
		opts.Program = func(ctx context.Context, w io.Writer) (int, error) {
			return launch.Limited(ctx, args, addr, w, o.programErrors(e))
		}
	}
	opts.Mailboxes = func(ctx context.Context) (breakage.Mailboxes, error) { return o.account.Mailboxes(ctx) }
	if o.user == "" {
		opts.Mailboxes = nil
	}
	o.walk = breakage.New(opts)
	results, err := o.walkWith(ctx, e, &addr)
	if err = errors.Join(err, out.Commit()); err != nil {
		return err
	}
	return concluded(e.out, results)
}

// walkOptions checks the flags and returns what follows from them.
func (o *proxyFlags) walkOptions(args []string) (opts breakage.Options, err error) {
	switch {
	case o.inspect:
		return opts, usage("--report excludes --inspect")
	case o.otlp.url != "":
		return opts, usage("--report excludes --otlp")
	case o.limit <= 0:
		return opts, usage("--time-limit %s is not above 0", o.limit)
	case (o.user == "") != (o.passwordFile == ""):
		return opts, usage("--mail-user and --mail-password-file go together")
	case o.user != "" && len(args) == 0:
		return opts, usage("--mail-user goes with a program: only its runs begin and end at known times")
	case o.user != "" && o.server == "":
		return opts, usage("--mail-user goes with --upstream")
	}
	if o.listen == "" && len(args) > 0 {
		o.listen = "127.0.0.1:0"
	}
	opts.Limit = o.limit
	err = o.each(func(_ string, x fault.Fault) error {
		if x.Name == "" {
			x.Name = x.Kind
		}
		opts.Faults = append(opts.Faults, x)
		return nil
	})
	if err == nil && len(opts.Faults) == 0 {
		err = usage("--report: no faults; for example: --faults all")
	}
	if err != nil || o.user == "" {
		return opts, err
	}
	secret, err := os.ReadFile(o.passwordFile)
	if err != nil {
		return opts, fmt.Errorf("--mail-password-file: %w", err)
	}
	line, _, _ := bytes.Cut(secret, []byte("\n"))
	o.account = breakage.Account{Addr: o.server, User: o.user, Password: string(bytes.TrimRight(line, "\r"))}
	return opts, nil
}

// programErrors returns where the program's standard error goes.
func (o *proxyFlags) programErrors(e *env) io.Writer {
	if o.verbose {
		return e.err
	}
	return io.Discard
}

// walkWith runs the proxy until the Walk is over. addr becomes the proxy's address.
func (o *proxyFlags) walkWith(ctx context.Context, e *env, addr *string) (results []*breakage.Result, err error) {
	log, flush := service.Log(e.err, slog.LevelInfo)
	defer flush()
	r, err := o.relay(ctx, e, log)
	if err != nil {
		return nil, err
	}
	*addr = r.source.Listener.Addr().String()
	if c, ok := r.source.Proxy.Opener.(*tls.Config); ok && c.Upstream != tls.Plain {
		o.account.TLS = &ctls.Config{ServerName: c.Host, RootCAs: c.RootCAs, InsecureSkipVerify: c.Insecure, MinVersion: ctls.VersionTLS12}
		o.account.StartTLS = c.Upstream == tls.StartTLS
	}
	if o.account.TLS == nil && o.user != "" && !isLoopback(o.server) {
		log.Warn("the password of --mail-user goes to " + o.server + " without TLS")
	}
	fmt.Fprintf(e.err, "imapscope: listening on %s for %s; Ctrl-C ends it\n", *addr, r.source.Proxy.Target)
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	served := make(chan error, 1)
	sink := decode.NewDemux(decode.Options{Keep: o.keep(), Dialect: o.dialect}, decode.Handlers{r.figures, o.walk})
	go func() { served <- o.keyed(r, true, e.err).Run(serving, sink) }()
	results, err = o.walk.Run(ctx)
	end()
	late := time.AfterFunc(5*time.Second, func() { r.source.Proxy.Close() }) //nolint:errcheck // Serve returns the error
	defer late.Stop()
	return results, errors.Join(err, <-served)
}

// isLoopback reports whether an address is this machine's.
func isLoopback(addr string) bool {
	host, _, _ := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// concluded writes the table of the results, and returns errFindings if the client should have
// done better.
func concluded(w io.Writer, results []*breakage.Result) error {
	if err := breakage.WriteTable(w, results); err != nil {
		return err
	}
	for _, r := range results {
		if r.Outcome.Bad() {
			return errFindings
		}
	}
	return nil
}
