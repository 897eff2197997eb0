package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/diff"
	"imapscope/decode/script"
	"imapscope/proxy/replay"
	"imapscope/proxy/tls"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// replayFlags are the flags of replay.
type replayFlags struct {
	comparing
	load
	recording
	to       string
	set      []string
	login    bool
	pace     string
	maxWait  time.Duration
	timeout  time.Duration
	dryRun   bool
	inspect  bool
	mine     bool
	tls      string
	insecure bool
	trust    string
}

func newReplay(e *env) *cobra.Command {
	var o replayFlags
	c := &cobra.Command{
		Use:   "replay FILE… --to ADDR",
		Short: "Play the client's side of recorded sessions against a server, and compare its answers",
		Long: `replay plays the client's side of the sessions in capture files against a server,
and compares its answers with the recorded ones by meaning: statuses, kinds and
counts, message numbers, flags as sets, envelopes field by field, texts of messages
by length and hash. What differs between any two runs (human text, dates of arrival,
new mail, numbers a server hands out) is left out; --strict counts it too.

A command goes out when what it depended on in the recording has come: in lock-step
where it was, pipelined where it was. --pace recorded keeps the recorded times too.

With --clients, --repeat, --duration or --rate it is a load: sessions are spread over
clients, statuses alone are compared, and latency by command is measured from when a
command should have gone out, so that a server that stalls is not hidden.

Exit 0: the same; 1: different; 2: trouble. See also 'imapscope help replay'.`,
		Example: `  imapscope replay session.pcapng --to 127.0.0.1:143
  imapscope replay session.pcapng --to 127.0.0.1:143 --set user=fred,password=secret --format junit
  imapscope replay session.pcapng --to mail.example:993 --tls implicit --yes-this-is-my-server
  imapscope replay session.pcapng --to 127.0.0.1:143 --pace recorded --clients 200 --duration 1m`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.StringVar(&o.to, "to", "", "the server, `host:port`")
	f.StringArrayVar(&o.set, "set", nil, "replace what must differ: `user=…,password=…,mailbox=…`, or mailbox:OLD=NEW (repeatable)")
	f.BoolVar(&o.login, "login", false, "begin sessions that were recorded from their middle with a LOGIN and a SELECT, as --set has them")
	f.StringVar(&o.pace, "pace", "none", "recorded, none (as fast as answers come), or a multiple of the recorded times: 0.5x, 2x")
	f.DurationVar(&o.maxWait, "max-wait", 0, "shorten the client's pauses to this (0: as recorded)")
	f.DurationVar(&o.timeout, "timeout", replay.DefaultTimeout, "how long the server may be silent")
	f.BoolVar(&o.dryRun, "dry-run", false, "print what would be sent, and when, and send nothing")
	f.BoolVar(&o.inspect, "inspect", false, "show recording and replay in the inspector: ≠ marks what differs, d shows how, r plays again")
	f.BoolVar(&o.mine, "yes-this-is-my-server", false, "play against a server that is not on loopback")
	f.StringVar(&o.tls, "tls", "plain", "TLS with the server: plain, starttls or implicit")
	f.BoolVar(&o.insecure, "insecure", false, "take any certificate from the server")
	f.StringVar(&o.trust, "ca", "", "trust the certificates in this PEM `file` too, besides the system's")
	o.comparing.flags(f)
	o.load.flags(f)
	o.recording.flags(f)
	return c
}

// comparing are the flags of every verb that compares.
type comparing struct {
	format      string
	strict      []string
	verbose     bool
	showSecrets bool
	ports       []uint16
}

func (o *comparing) flags(f *pflag.FlagSet) {
	var names []string
	for _, v := range diff.Variations() {
		names = append(names, v.String())
	}
	f.StringVar(&o.format, "format", "text", "text, jsonl, junit, or none: only the exit status")
	f.StringSliceVar(&o.strict, "strict", nil, "count normal variation of these `kinds` too: "+strings.Join(names, ", ")+", all")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show every difference of an exchange, not the first twelve")
	f.BoolVar(&o.showSecrets, "show-secrets", false, "show passwords and SASL responses, which are masked otherwise")
	f.Var((*portList)(&o.ports), "port", "a server `port` beside 143 and 993 in the files (repeatable)")
}

// options are what --strict asks for.
func (o *comparing) options() (diff.Options, error) {
	var d diff.Options
	for _, name := range o.strict {
		known := name == "all"
		for _, v := range diff.Variations() {
			if name == v.String() || name == "all" {
				d.Strict[v], known = true, true
			}
		}
		if !known {
			return d, usage("--strict %q is not one of text, dates, new-mail, numbers, order, greeting, all", name)
		}
	}
	switch o.format {
	case "text", "jsonl", "junit", "none":
		return d, nil
	}
	return d, usage("--format %q is not one of text, jsonl, junit, none", o.format)
}

// write writes a comparison, and ends with errFindings if something differs.
func (o *comparing) write(e *env, c *print.Comparison, name string) error {
	w := bufio.NewWriter(e.out)
	var err error
	switch o.format {
	case "text":
		err = c.WriteText(w, print.TextOptions{Width: width(e), Color: colored(e), Verbose: o.verbose})
	case "jsonl":
		err = c.WriteJSON(w)
	case "junit":
		err = c.WriteJUnit(w, name)
	}
	if err = errors.Join(err, w.Flush()); err != nil {
		return err
	}
	if _, _, diverged, trouble := c.Totals(); diverged+trouble > 0 {
		return errFindings
	}
	return nil
}

// recorded reads the sessions of files.
func recorded(ctx context.Context, files []string, ports []uint16) (*script.Script, error) {
	k := script.NewCollector(script.Options{})
	if err := feed(ctx, pcap.Files(files, pcap.Options{Ports: ports}), k, false); err != nil {
		return nil, err
	}
	s := k.Script()
	if len(s.Sessions) == 0 {
		return nil, usage("no IMAP connection found in %s; the server is who listens on port 143 or 993, --port names others", strings.Join(files, " "))
	}
	return s, nil
}

// left tells on stderr what did not fit.
func left(e *env, s *script.Script) {
	if s.Beyond > 0 {
		fmt.Fprintf(e.err, "imapscope: %d connections are left out: a recording is held in memory, and the first %d MiB of messages are enough\n", s.Beyond, script.DefaultMaxOctets>>20)
	}
}

func (o *replayFlags) run(ctx context.Context, e *env, files []string) error {
	opts, err := o.options()
	if err != nil {
		return err
	}
	p := &replay.Player{Login: o.login, MaxWait: o.maxWait, Timeout: o.timeout}
	if p.Set, err = bindings(o.set); err != nil {
		return err
	}
	if p.Pace, err = parsePace(o.pace); err != nil {
		return err
	}
	if o.inspect {
		if o.isLoad() || o.dryRun || o.format != "text" || o.file != "" {
			return usage("--inspect goes without --dry-run, --format, -w and a load's flags")
		}
		if err := o.allowed(ctx); err != nil {
			return err
		}
		if p.Dial, err = o.dialer(); err != nil {
			return err
		}
		return o.inspector(ctx, e, files, p, opts)
	}
	s, err := recorded(ctx, files, o.ports)
	if err != nil {
		return err
	}
	left(e, s)
	if o.dryRun {
		return o.plan(e, s, p)
	}
	if err := o.allowed(ctx); err != nil {
		return err
	}
	if err := o.playable(s, &p.Set); err != nil {
		return err
	}
	if p.Dial, err = o.dialer(); err != nil {
		return err
	}
	tap, finish, err := o.recording.start(e)
	if err != nil {
		return err
	}
	if tap != nil {
		p.Sink = tap
	}
	err = o.drive(ctx, e, s, p, opts, files)
	if done := finish(); done != nil {
		return done
	}
	return err
}

// drive plays, as a load or once.
func (o *replayFlags) drive(ctx context.Context, e *env, s *script.Script, p *replay.Player, opts diff.Options, files []string) error {
	if o.isLoad() {
		return o.load.run(ctx, e, s, p, &o.comparing)
	}
	played := p.PlayAll(ctx, s)
	if ctx.Err() != nil {
		fmt.Fprintln(e.err, "imapscope: ended before all was played")
	}
	c := &print.Comparison{A: "recorded", B: "now"}
	var failed error
	reached := 0
	for _, x := range played {
		if x.Err != nil {
			failed = cmp.Or(failed, x.Err)
		} else if x.Sent > 0 {
			reached++
		}
		c.Sessions = append(c.Sessions, compared(x, opts, view.Options{ShowSecrets: o.showSecrets}))
	}
	err := o.write(e, c, "imapscope replay "+strings.Join(files, " "))
	switch {
	case failed != nil && reached == 0:
		return failed
	case reached == 0 && err == nil && ctx.Err() == nil:
		return usage("nothing could be played")
	}
	return err
}

// compared is what came of a session, as a person reads it.
func compared(x *replay.Played, o diff.Options, v view.Options) print.Compared {
	c := print.Compared{Conn: x.Session.Conn, LeftOut: x.LeftOut, Trouble: x.Trouble}
	if x.Err != nil {
		c.Trouble = append(c.Trouble, x.Err.Error())
		return c
	}
	for _, p := range x.Pairs {
		y := x.Session.Exchanges[p.Recorded]
		if y.LeftOut == "" {
			c.Exchanges++
		} else {
			c.LeftOut = append(c.LeftOut, fmt.Sprintf("transaction %d: %s", y.N, y.LeftOut))
		}
	}
	for _, d := range x.Divergences(o) {
		note := d.Note
		if d.Stray != "" {
			note = fmt.Sprintf("a response with the tag %s came in place of %s", d.Stray, x.Session.Exchanges[d.Recorded].Tag)
		}
		c.Divergences = append(c.Divergences, v.Divergence(x.Session.Conn.ID, &x.Session.Exchanges[d.Recorded].Exchange, note, d.Differences))
	}
	return c
}

// bindings reads --set.
func bindings(list []string) (replay.Bindings, error) {
	b := replay.Bindings{Mailboxes: make(map[string]string)}
	for _, item := range list {
		for _, pair := range splitSet(item) {
			name, value, ok := strings.Cut(pair, "=")
			old, isMailbox := strings.CutPrefix(name, "mailbox:")
			switch {
			case !ok || value == "":
				return b, usage("--set %s: it is name=value, as in user=fred,password=secret", name)
			case name == "user":
				b.User = value
			case name == "password":
				b.Password = value
			case name == "mailbox":
				b.Mailbox = value
			case isMailbox:
				b.Mailboxes[old] = value
			default:
				return b, usage("--set %s: there are user, password, mailbox and mailbox:OLD", name)
			}
		}
	}
	return b, nil
}

// splitSet divides at commas before a name that there is: a password may hold one.
func splitSet(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		name, _, ok := strings.Cut(part, "=")
		known := ok && (slices.Contains([]string{"user", "password", "mailbox"}, name) || strings.HasPrefix(name, "mailbox:"))
		if len(out) > 0 && !known {
			out[len(out)-1] += "," + part
			continue
		}
		out = append(out, part)
	}
	return out
}

func parsePace(s string) (float64, error) {
	switch s {
	case "none":
		return 0, nil
	case "recorded":
		return 1, nil
	}
	f, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || !strings.HasSuffix(s, "x") || !(f > 0 && f <= 1e6) {
		return 0, usage("--pace is recorded, none, or a multiple such as 0.5x, not %s", s)
	}
	return 1 / f, nil
}

// allowed refuses servers that may be somebody else's.
func (o *replayFlags) allowed(ctx context.Context) error {
	if o.to == "" {
		return usage("replay: against which server? for example: --to 127.0.0.1:143")
	}
	host, _, err := net.SplitHostPort(o.to)
	if err != nil {
		return usage("--to %s: it is host:port", o.to)
	}
	if o.mine {
		return nil
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	if slices.ContainsFunc(addrs, func(a netip.Addr) bool { return !a.Unmap().IsLoopback() }) {
		return usage("--to %s is not this machine: a replay logs in, changes and deletes mail; if it is your server to do that to, say --yes-this-is-my-server", o.to)
	}
	return nil
}

// playable refuses what cannot log in.
func (o *replayFlags) playable(s *script.Script, b *replay.Bindings) error {
	all := true
	for _, x := range s.Sessions {
		all = all && (x.Conn.MidStream || x.LeftOut != "")
		if b.Password == "" && !o.hasUsers() && maskedPassword(x) {
			return usage("the recording's passwords are masked; give one: --set password=…")
		}
	}
	for _, x := range s.Sessions {
		for _, y := range x.Exchanges[1:] {
			if y.Command != "AUTHENTICATE" || !y.Done || y.Status != "OK" {
				continue
			}
			switch m := y.Mechanism(); m {
			case "PLAIN", "LOGIN", "ANONYMOUS", "EXTERNAL":
			case "CRAM-MD5":
				if b.Password == "" && !o.hasUsers() {
					return usage("the recording logs in with CRAM-MD5, whose answer is another one each time; give the password: --set password=…")
				}
			default:
				return usage("the recording logs in with %s, which cannot be played again: its answers are never the same", view.Inert(m))
			}
		}
	}
	switch {
	case all && !o.login:
		return usage("the recording begins in the middle of its sessions; --login --set user=…,password=… begins them with a LOGIN")
	case o.login && b.Password == "":
		return usage("--login needs a password: --set user=…,password=…")
	}
	return nil
}

// maskedPassword reports whether a session logs in with what --mask-secrets leaves.
func maskedPassword(s *script.Session) bool {
	for _, x := range s.Exchanges[1:] {
		if x.Command != "LOGIN" {
			continue
		}
		for _, m := range x.Messages {
			if m.Kind != decode.Request {
				continue
			}
			if p := password(m); p != "" && strings.Trim(p, "#") == "" {
				return true
			}
		}
	}
	return false
}

// dialer connects to the server, with TLS as the flags have it.
func (o *replayFlags) dialer() (func(context.Context) (net.Conn, []byte, error), error) {
	mode, err := tls.ParseMode(o.tls)
	if err != nil {
		return nil, fmt.Errorf("--tls: %w", err)
	}
	host, _, _ := net.SplitHostPort(o.to)
	c := &tls.Config{Upstream: mode, Host: host, Insecure: o.insecure, Timeout: o.timeout}
	if c.RootCAs, err = roots("--ca", o.trust); err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: o.timeout}
	return func(ctx context.Context) (net.Conn, []byte, error) {
		conn, err := d.DialContext(ctx, "tcp", o.to)
		if err != nil {
			return nil, nil, fmt.Errorf("connecting to the server: %w", err)
		}
		secured, greeting, err := c.Secure(ctx, conn)
		if err != nil {
			conn.Close()
			return nil, nil, err
		}
		return secured, greeting, nil
	}, nil
}
