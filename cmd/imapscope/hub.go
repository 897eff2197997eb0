//go:build !nohub

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"imapscope/capture/hub"
	"imapscope/capture/hub/server"
	"imapscope/proxy"
	"imapscope/proxy/metrics"
	"imapscope/proxy/tls"
	"imapscope/ui/print"
	"imapscope/ui/service"
)

// hubFlags holds the flags of the hub verb.
type hubFlags struct {
	listen, store  string
	noAuth         bool
	limits         hub.Limits
	metrics        string
	init           bool
	sensors, hosts []string
	revoke         []string
	page           pageFlags
	sources        sources // for --web
	from           string
	stats          bool
	format         string
}

func newHub(e *env) *cobra.Command {
	var o hubFlags
	c := &cobra.Command{
		Use:  "hub [--stats [nats://HOST:PORT]]",
		Args: cobra.MaximumNArgs(1),

		Annotations: map[string]string{tableTopic: "sensors"},
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.check(c.Flags().Changed, args); err != nil {
				return err
			}
			switch {
			case o.stats:
				return o.runStats(c.Context(), e, args)
			case o.init || len(o.revoke) > 0:
				return o.runAccess(e)
			}
			return o.run(c.Context(), e)
		},
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", server.DefaultListen, "the address to listen on, `host:port`")
	f.StringVar(&o.store, "store", "", "the `folder` for what sensors publish, and for credentials (default: hub in your configuration folder)")
	f.BoolVar(&o.noAuth, "no-auth", false, "let anyone publish and read, without TLS; on loopback only")
	f.Int64Var(&o.limits.MaxBytes, "max-bytes", hub.DefaultMaxBytes, "remove the oldest messages when there are more than this many `bytes`")
	f.DurationVar(&o.limits.MaxAge, "max-age", hub.DefaultMaxAge, "remove messages that are older")
	f.StringVar(&o.metrics, "metrics", "", "serve Prometheus metrics at /metrics of this `host:port`")
	o.page.flagsBeside(f)
	o.sources.serviceFlag(f)
	f.StringVar(&o.from, "from", "", "with --web: begin with what was published since then: start, or a `time` such as 2026-11-30T08:00:00Z (default: now)")
	f.BoolVar(&o.init, "init", false, "make the credentials, and those of each --sensor")
	f.StringArrayVar(&o.sensors, "sensor", nil, "with --init: make the credential of the sensor with this `name` (repeatable)")
	f.StringArrayVar(&o.hosts, "host", nil, "with --init: a `name` or address at which sensors reach the hub (repeatable)")
	f.StringArrayVar(&o.revoke, "revoke", nil, "take away the credential of this sensor, or of reader or workers: a `name` (repeatable)")
	f.BoolVar(&o.stats, "stats", false, "show what a hub holds, by sensor")
	f.StringVar(&o.format, "format", "text", "with --stats: text or jsonl")
	return c
}

// check returns an error if flags do not go together, and completes them.
func (o *hubFlags) check(changed func(flag string) bool, args []string) error {
	serving := []string{"listen", "no-auth", "max-bytes", "max-age", "metrics", "web", "from", "service"}
	for _, x := range []struct {
		on   bool
		flag string
		not  []string
	}{
		{o.stats, "--stats", append(serving, "init", "sensor", "host", "revoke")},
		{o.init, "--init", append(serving, "revoke")},
		{len(o.revoke) > 0, "--revoke", append(serving, "sensor", "host")},
	} {
		for _, f := range x.not {
			if x.on && changed(f) {
				return usage("hub: %s and --%s exclude each other", x.flag, f)
			}
		}
	}
	switch {
	case o.page.listen == "" && (changed("from") || changed("service")):
		return usage("hub: --from and --service go with --web")
	case len(args) > 0 && changed("web"):
		return usage("hub: unexpected argument %q; an address of the page is --web=HOST:PORT", args[0])
	case len(args) > 0 && !o.stats:
		return usage("hub: unexpected argument %q; the URL of a hub goes with --stats", args[0])
	case !o.init && (changed("sensor") || changed("host")):
		return usage("hub: --sensor and --host go with --init")
	case o.format != "text" && o.format != "jsonl":
		return usage("hub: --format %q is neither text nor jsonl", o.format)
	case !o.stats && changed("format"):
		return usage("hub: --format goes with --stats")
	case o.limits.MaxBytes < 1<<20:
		return usage("hub: --max-bytes %d is too little: a message may have a MiB", o.limits.MaxBytes)
	case o.limits.MaxAge < time.Second:
		return usage("hub: --max-age %v is less than a second", o.limits.MaxAge)
	}
	if _, err := o.page.asked(); o.store != "" || err != nil {
		return err
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return errors.Join(errors.New("no folder for the hub: name one with --store"), err)
	}
	o.store = filepath.Join(dir, "imapscope", "hub")
	return nil
}

// run runs a hub until ctx is done.
func (o *hubFlags) run(ctx context.Context, e *env) (err error) {
	defer e.outlive(ctx, true).Close(&err)
	log, flush := service.Log(e.err, slog.LevelInfo)
	defer flush()
	s, err := o.start(log)
	if err != nil {
		return err
	}
	defer func() {
		s.Shutdown()
		err = errors.Join(err, s.Err())
	}()
	stop, err := o.serveMetrics(ctx, e, s, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	fmt.Fprintf(e.err, "imapscope: hub at %s, in %s%s; Ctrl-C ends it\n", s.URL(), o.store, o.anyone())
	return o.wait(ctx, e, s, log)
}

// anyone returns a note about a hub that anyone may use.
func (o *hubFlags) anyone() string {
	if o.noAuth {
		return ", open to everyone on this machine"
	}
	return ""
}

// start starts the server.
func (o *hubFlags) start(log *slog.Logger) (*server.Server, error) {
	opts := server.Options{Listen: o.listen, Store: o.store, Limits: o.limits, NoAuth: o.noAuth, Log: log}
	if !o.noAuth {
		if _, err := server.ReadAccess(o.store); err == nil {
			ca, err := o.ca()
			if err != nil {
				return nil, err
			}
			opts.Certify = ca.Shared
		}
	}
	s, err := server.Start(opts)
	if errors.Is(err, server.ErrNoAccess) {
		return nil, fmt.Errorf("%w: imapscope hub --init --store %s --sensor NAME makes some (or --no-auth, on loopback)", err, o.store)
	}
	return s, err
}

// ca returns the CA of the hub.
func (o *hubFlags) ca() (*tls.CA, error) { return tls.LoadOrCreateCA(filepath.Join(o.store, "ca")) }

// serveMetrics serves the metrics, if the flags ask for it.
func (o *hubFlags) serveMetrics(ctx context.Context, e *env, s *server.Server, log *slog.Logger) (stop func() error, err error) {
	if o.metrics == "" {
		return func() error { return nil }, nil
	}
	l, err := proxy.Listen(ctx, o.metrics, false)
	if err != nil {
		return nil, fmt.Errorf("--metrics: %w", err)
	}
	fmt.Fprintf(e.err, "imapscope: metrics at http://%s/metrics\n", l.Addr())
	return metrics.ServeHub(l, s.Load, log), nil
}

// runAccess gives and takes credentials.
func (o *hubFlags) runAccess(e *env) error {
	for _, name := range o.revoke {
		if err := server.Revoke(o.store, name); err != nil {
			return err
		}
		fmt.Fprintf(e.err, "imapscope: the credential of %q is revoked\n", name)
	}
	if !o.init {
		return nil
	}
	ca, err := o.ca()
	if err != nil {
		return err
	}
	if len(o.hosts) > 0 {
		if _, err := ca.Shared(o.hosts); err != nil {
			return fmt.Errorf("--host: %w", err)
		}
	}
	pem, err := os.ReadFile(ca.Path())
	if err != nil {
		return err
	}
	grants, err := server.Init(o.store, pem, o.sensors, o.hosts)
	if err != nil {
		return err
	}
	var list []print.Grant
	for _, g := range grants {
		list = append(list, print.Grant{Role: string(g.Role), Name: g.Name, File: g.File, New: g.New})
	}
	return print.Grants(e.out, list)
}

// runStats shows what a hub holds.
func (o *hubFlags) runStats(ctx context.Context, e *env, args []string) error {
	a := &hub.Address{Server: "nats://" + server.DefaultListen}
	if len(args) > 0 {
		var err error
		if a, err = hub.ParseAddress(args[0]); err != nil {
			return err
		}
	} else if file := server.ReaderCreds(o.store); fileExists(file) {
		a.Creds = file
	}
	stats, err := hub.ReadStats(ctx, a)
	if err != nil {
		return err
	}
	return print.HubStats(e.out, stats, o.format == "jsonl")
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
