package main

import (
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"imapscope/capture/outfile"
	"imapscope/samples/contrast"
	"imapscope/ui/compare"
	"imapscope/ui/service"
)

// compareFlags holds the flags of compare.
type compareFlags struct {
	compare.Options
	tasks  []string
	list   bool
	format string
	width  int
	html   string
	force  bool
}

func newCompare(e *env) *cobra.Command {
	var o compareFlags
	var names []string
	for _, p := range contrast.Protocols() {
		names = append(names, p.Name)
	}
	c := &cobra.Command{
		Use: "compare [" + strings.Join(names, "] [") + "]",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return o.run(e, args) },
	}
	f := c.Flags()
	f.StringArrayVar(&o.tasks, "task", nil, "show the task `NAME`, exchange by exchange (repeatable); all is every task")
	f.BoolVar(&o.list, "list", false, "list the tasks")
	f.StringVar(&o.format, "format", "text", "text or jsonl")
	f.IntVar(&o.width, "width", 0, "the `columns` of text (default: those of the terminal)")
	f.DurationVar(&o.RoundTrip, "latency", 50*time.Millisecond, "the time of a round trip")
	f.IntVar(&o.Bandwidth, "bandwidth", 0, "the `bits` per second of the line; 0: bytes take no time")
	f.StringVar(&o.html, "html", "", "write a page to a `file`; - is standard output")
	f.BoolVar(&o.force, "force", false, "replace an existing file")
	shownFlags(f, &o.Shown)
	return c
}

func (o *compareFlags) run(e *env, args []string) error {
	all, err := contrast.Tasks()
	if err != nil {
		return err
	}
	text := compare.TextOptions{Width: o.width, Color: colored(e)}
	if text.Width == 0 {
		text.Width = width(e)
	}
	if o.list {
		if len(args) > 0 {
			return usage("compare --list: unexpected argument %q", args[0])
		}
		return compare.List(e.out, all, text)
	}
	tasks, err := o.chosen(all)
	if err != nil {
		return err
	}
	protocols, err := protocolsOf(args)
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	if o.Shown.ShowSecrets {
		warnOfSecrets(e)
	}
	var list []*compare.Comparison
	for _, t := range tasks {
		c, err := compare.Play(t, protocols, o.Options)
		if err != nil {
			return err
		}
		list = append(list, c)
	}
	page := func(w io.Writer) error { return compare.Page(w, list, "imapscope "+service.Version()) }
	switch {
	case o.html == "-":
		return page(e.out)
	case o.html != "":
		return forceHint(outfile.Write(o.html, outfile.Options{Replace: o.force}, page))
	case o.format == "jsonl":
		return compare.JSON(e.out, list)
	case len(o.tasks) == 0:
		return compare.Overview(e.out, list, text)
	}
	return compare.Text(e.out, list, text)
}

// check returns an error if a flag has a value that is of no use.
func (o *compareFlags) check() error {
	switch {
	case o.format != "text" && o.format != "jsonl":
		return usage("compare --format: %q is unknown; there are text and jsonl", o.format)
	case o.width < 0 || o.width > 0 && o.width < 40:
		return usage("compare --width: at least 40 columns are needed")
	case o.RoundTrip < 0 || o.RoundTrip > time.Hour:
		return usage("compare --latency: %s is not between 0 and 1 hour", o.RoundTrip)
	case o.Bandwidth < 0:
		return usage("compare --bandwidth: %d is negative", o.Bandwidth)
	case o.html != "" && o.html != "-":
		if err := outfile.Check(o.html, o.force); err != nil {
			return forceHint(err)
		}
	}
	return nil
}

// chosen returns the tasks that are asked for.
func (o *compareFlags) chosen(all []*contrast.Task) ([]*contrast.Task, error) {
	if len(o.tasks) == 0 {
		return all, nil
	}
	var out []*contrast.Task
	for _, name := range o.tasks {
		if strings.EqualFold(name, "all") {
			return all, nil
		}
		found := false
		for _, t := range all {
			if strings.EqualFold(t.Name, name) {
				out, found = append(out, t), true
			}
		}
		if !found {
			return nil, usage("compare --task: there is no task %q; imapscope compare --list shows all", name)
		}
	}
	return out, nil
}

// protocolsOf returns the protocols that are named; all if none is.
func protocolsOf(names []string) ([]*contrast.Protocol, error) {
	if len(names) == 0 {
		return contrast.Protocols(), nil
	}
	var out []*contrast.Protocol
	for i, name := range names {
		p := contrast.ProtocolNamed(name)
		if p == nil {
			return nil, usage("compare: %q is unknown; the protocols are %s", name, protocolNames())
		}
		for _, before := range names[:i] {
			if strings.EqualFold(before, name) {
				return nil, usage("compare: %s is named twice", p.Name)
			}
		}
		out = append(out, p)
	}
	if len(out) < 2 {
		return nil, usage("compare: name another protocol to compare %s with: %s", out[0].Name, protocolNames())
	}
	return out, nil
}

func protocolNames() string {
	var names []string
	for _, p := range contrast.Protocols() {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}
