package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/pflag"

	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/rewrite"
)

// rewriteFlags holds the flags by which the proxy rewrites what passes.
type rewriteFlags struct {
	programs  []string
	translate string
}

func (f *rewriteFlags) flags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.programs, "rewrite", nil, "rewrite messages by the rules in this Starlark `file`; see 'imapscope help rewrite' (repeatable)")
	fs.StringVar(&f.translate, "translate", "", "imap2: let IMAP2 clients use a modern server; imap4: the reverse")
}

// stages returns the stage that rewrites; none if the flags do not ask for it.
func (f *rewriteFlags) stages(log *slog.Logger) ([]intercept.Stage, error) {
	s := &rewrite.Stage{Log: log}
	for _, name := range f.programs {
		p, err := rewrite.Open(name)
		if err != nil {
			return nil, fmt.Errorf("--rewrite: %w", err)
		}
		s.Programs = append(s.Programs, p)
	}
	if f.translate != "" {
		p, err := rewrite.Translation(f.translate)
		if err != nil {
			return nil, usage("--translate: %v", err)
		}
		s.Programs = append(s.Programs, p)
	}
	if len(s.Programs) == 0 {
		return nil, nil
	}
	return []intercept.Stage{s}, nil
}
