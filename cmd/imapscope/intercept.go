package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/decode/protocol"
	"imapscope/proxy"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/breakage"
	"imapscope/proxy/intercept/fault"
	"imapscope/proxy/metrics"
	"imapscope/ui/inspect"
	"imapscope/ui/view"
)

// faultFlags holds the flags by which the proxy breaks what passes.
type faultFlags struct {
	faults []string
	files  []string
	seed   uint64
	walk   *breakage.Walk // has them act one by one; nil: all at once
}

func (f *faultFlags) flags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.faults, "fault", nil, "break the traffic this way, for example 'drop tagged count 1'; see 'imapscope help faults' (repeatable)")
	fs.StringArrayVar(&f.files, "faults", nil, "read faults from this YAML or JSON `file`; all: one of every kind, with --report (repeatable)")
	fs.Uint64Var(&f.seed, "seed", 0, "the seed of what faults draw at random, where they have none of their own")
}

// handFlags holds the flags by which the proxy holds and breaks what passes.
type handFlags struct {
	faultFlags
	intercept []string
	timeout   time.Duration
}

// noRule is the --intercept that holds nothing until something else asks for it.
const noRule = "none"

func (f *handFlags) flags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.intercept, "intercept", nil, "hold commands that match this filter `EXPR`; responses:EXPR holds what the server sends, exchanges:EXPR both; none: only with --inspect or --api (repeatable)")
	fs.DurationVar(&f.timeout, "hold-timeout", intercept.DefaultHoldTimeout, "release what is held after this long")
	f.faultFlags.flags(fs)
}

// allFaults is what --faults is called with to mean every kind of fault, not a file.
const allFaults = "all"

// hands holds what acts on the traffic.
type hands struct {
	faults *fault.Set
	holds  *intercept.Holds // nil: nothing can be held
	walk   *breakage.Walk   // nil: faults do not act one by one
}

// hands returns what the flags ask for.
func (f *faultFlags) hands() (*hands, error) {
	if f.walk != nil {
		return &hands{faults: fault.NewSet(), walk: f.walk}, nil
	}
	if slices.Contains(f.files, allFaults) {
		return nil, usage("--faults all goes with --report FILE, which has the faults act one by one; a file of that name is ./all")
	}
	faults, err := f.set()
	return &hands{faults: faults}, err
}

// hands returns what the flags ask for. asked reports whether anything else may hold messages.
func (f *handFlags) hands(asked bool) (*hands, error) {
	h, err := f.faultFlags.hands()
	if err != nil {
		return nil, err
	}
	if len(f.intercept) == 0 && !asked {
		if f.timeout != 0 && f.timeout != intercept.DefaultHoldTimeout { // 0: the verb has no such flag
			return nil, usage("--hold-timeout goes with --intercept, --inspect or --api: without them nothing is held")
		}
		return h, nil
	}
	if f.timeout <= 0 {
		return nil, usage("--hold-timeout %s: it is more than 0, because nothing is held for ever", f.timeout)
	}
	h.holds = intercept.NewHolds()
	h.holds.Timeout = f.timeout
	var rules []intercept.Rule
	for _, text := range f.intercept {
		if text == noRule {
			continue
		}
		r, _, err := intercept.ParseRule(text)
		if err != nil {
			return nil, fmt.Errorf("--intercept %q: %w", text, err)
		}
		rules = append(rules, r)
	}
	h.holds.SetRules(rules)
	return h, nil
}

// announce logs each message that is held.
func (h *hands) announce(log *slog.Logger) {
	h.holds.Announce = func(w *intercept.Held) {
		line, _, _ := bytes.Cut(w.Masked(), []byte("\n"))
		log.Info("held", "id", w.ID, "conn", w.Conn.ID, "from", w.Dir.String(), "message", view.Fit(view.Inert(string(bytes.TrimSuffix(line, []byte("\r")))), 100, "…"))
	}
}

// act reports whether there is anything that may act.
func (h *hands) act() bool { return h.walk != nil || h.holds != nil || len(h.faults.List()) > 0 }

// waiting returns how many messages are held.
func (h *hands) waiting() int {
	if h.holds == nil {
		return 0
	}
	return len(h.holds.Waiting())
}

// release releases all that is held; nothing is held from then on.
func (h *hands) release() {
	if h != nil && h.holds != nil {
		h.holds.Close()
	}
}

// show gives the inspector what acts on the traffic.
func (h *hands) show(o *inspect.Options) {
	o.Holds, o.Faults, o.Editor = h.holds, h.faults, inspect.Editor()
	o.FaultHelp, _ = helpPages().Topic("faults")
}

// remedies are the flags that keep connections readable for faults and holds.
var remedies = map[decode.UpgradeTo]string{
	decode.TLS:         "--client-tls and --upstream-tls end TLS at the proxy, or --strip STARTTLS keeps the server from offering it",
	decode.Compression: "--strip COMPRESS=DEFLATE keeps the server from offering it",
}

// dark returns what logs that nothing acts on a connection any more, and why.
func dark(log *slog.Logger) func(*capture.Conn, decode.UpgradeTo) {
	return func(c *capture.Conn, to decode.UpgradeTo) {
		log.Warn("faults and holds no longer act on a connection: what it changed to passes unread", "to", to.String(), "hint", remedies[to], "connection", int(c.ID), "client", c.Client.String())
	}
}

// hook returns what lets them act, after any stages before them. What is done is counted, and
// what they cannot act on is logged.
func (h *hands) hook(o view.Options, d protocol.Dialect, figures *metrics.Metrics, log *slog.Logger, before ...intercept.Stage) proxy.Hook {
	stages := append(before, h.faults)
	if h.walk != nil {
		stages = append(stages, h.walk)
	}
	if h.holds != nil {
		stages = append(stages, h.holds)
	}
	var kinds []string
	for _, k := range fault.Kinds() {
		kinds = append(kinds, k.Name)
	}
	return intercept.New(intercept.Options{
		Stages:  stages,
		Dialect: d,
		Acted:   figures.Hands(kinds, h.waiting),
		Dark:    dark(log),
		Row: func(r *filter.Row, c *capture.Conn, m *decode.Message) {
			if m.Txn == nil {
				view.MessageRow(r, c, m)
				return
			}
			o.TransactionRow(r, c, m.Txn)
			if m.Kind == decode.Untagged {
				r.Kind = m.Word
			}
		},
	})
}

// set returns the faults that the flags ask for.
func (f *faultFlags) set() (*fault.Set, error) {
	set := fault.NewSet()
	return set, f.each(func(from string, x fault.Fault) error {
		if _, err := set.Add(x); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		return nil
	})
}

// each calls do with each fault that the flags ask for, and the flag it comes from.
func (f *faultFlags) each(do func(from string, x fault.Fault) error) error {
	seeded := func(from string, x fault.Fault) error {
		if x.Seed == 0 {
			x.Seed = f.seed
		}
		return do(from, x)
	}
	for _, text := range f.faults {
		x, err := fault.Parse(text)
		if err != nil {
			return fmt.Errorf("--fault: %w", err)
		}
		if err := seeded("--fault", x); err != nil {
			return err
		}
	}
	for _, name := range f.files {
		list, err := loadFaults(name)
		if err != nil {
			return err
		}
		for _, x := range list {
			if err := seeded("--faults "+name, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadFaults reads a file of faults.
func loadFaults(name string) ([]fault.Fault, error) {
	if name == allFaults {
		return fault.All(0), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--faults: %w", err)
	}
	list, err := fault.Load(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("--faults %s: %w", name, err)
	}
	return list, nil
}
