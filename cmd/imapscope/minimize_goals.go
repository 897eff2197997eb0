package main

import (
	"context"
	"errors"
	"fmt"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/diff"
	"imapscope/decode/lint"
	"imapscope/decode/minimize"
	"imapscope/decode/script"
	"imapscope/decode/why"
	"imapscope/proxy/replay"
	"imapscope/ui/export"
	"imapscope/ui/view"
)

// reason finds a reason of --why.
func (o *minimizeFlags) reason(ctx context.Context, e *env, files []string) (*minimize.Recording, *goal, error) {
	known := false
	for _, k := range why.Kinds() {
		known = known || k.Name == o.why
	}
	if !known {
		return nil, nil, usage("minimize: there is no kind %q (imapscope why --help lists them)", o.why)
	}
	rec, err := o.collect(ctx, e, files, capture.ConnID(o.conn))
	if err != nil {
		return nil, nil, err
	}
	opts := lint.Options{Dialect: o.dialect}
	n := 0
	var want *why.Reason
	for _, r := range reasons(ctx, rec, opts) {
		if r.Kind.Name == o.why {
			if n++; n == o.nth {
				want = &r
			}
		}
	}
	if want == nil {
		fmt.Fprintf(e.err, "imapscope: why says %s of the kind %s about %s%s\n", view.Count(n, "sentence"), o.why, view.FileNames(files), o.chosen())
		return nil, nil, errFindings
	}
	shown := func(r *minimize.Recording) bool {
		for _, x := range reasons(ctx, r, opts) {
			if alikeReasons(&x, want) && x.Conn == want.Conn {
				return true
			}
		}
		return false
	}
	legal := minimize.NewLegal(rec, opts)
	g := &goal{width: export.Width(), name: o.why}
	g.test = export.Concurrently(func(r *minimize.Recording) bool { return shown(r) && legal.Shown(r) })
	g.verify = func(ctx context.Context, written capture.Source) (string, error) {
		for _, x := range reasons(ctx, written, opts) {
			if x.Kind.Name == o.why && x.Verdict == want.Verdict {
				return x.Kind.Name + ": " + x.Sentence, nil
			}
		}
		return "", o.gone(o.why)
	}
	return rec, g, nil
}

// alikeReasons reports whether two reasons are the same up to numbers.
func alikeReasons(a, b *why.Reason) bool {
	return a.Kind == b.Kind && a.Verdict == b.Verdict && a.Severity == b.Severity && minimize.Alike(a.Sentence, b.Sentence)
}

// reasons returns what why says about a source.
func reasons(ctx context.Context, src capture.Source, o lint.Options) []why.Reason {
	r, err := why.New(o)
	if err != nil {
		return nil // the options name no rule
	}
	if err := src.Run(ctx, decode.NewDemux(decode.Options{Dialect: o.Dialect}, r)); err != nil {
		return nil
	}
	return r.Reasons()
}

// differs finds a command that the server of --to answers differently.
func (o *minimizeFlags) differs(ctx context.Context, e *env, files []string) (*minimize.Recording, *goal, error) {
	rec, err := o.collect(ctx, e, files, capture.ConnID(o.conn))
	if err != nil {
		return nil, nil, err
	}
	p := &replay.Player{Login: o.login, Timeout: o.timeout, Dialect: o.dialect}
	if p.Set, err = replay.ParseBindings(o.set); err != nil {
		return nil, nil, fmt.Errorf("--set %w", err)
	}
	if p.Dial, err = o.dialer(); err != nil {
		return nil, nil, err
	}
	d := &replay.Differs{Player: p, Options: diff.Options{}, Check: func(s *script.Script) error { return hinted(p.Check(s, false)) }}
	what, n, err := d.Find(ctx, rec, capture.ConnID(o.conn), o.txn, o.nth)
	switch {
	case errors.Is(err, replay.ErrSame):
		fmt.Fprintf(e.err, "imapscope: %s: %s of the server differ from those recorded%s\n", o.to, view.Count(n, "answer"), o.chosen())
		return nil, nil, errFindings
	case err != nil:
		return nil, nil, err
	}
	fmt.Fprintf(e.err, "imapscope: each trial is played to %s, which keeps what they change; %s\n", o.to, view.Inert(what))
	name := "a command that " + o.to + " answers differently"
	if !o.raw {
		name = "a command that the server answered differently when it was replayed, before names were replaced here (--raw keeps them)"
	}
	legal := minimize.NewLegal(rec, lint.Options{Dialect: o.dialect})
	test := func(ctx context.Context, trials []*minimize.Recording) (int, error) {
		if !legal.Shown(trials[0]) { // it need not be played
			return -1, ctx.Err()
		}
		return d.Test(ctx, trials)
	}
	return rec, &goal{test: test, width: 1, name: name}, nil
}
