package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"imapscope/ui/print"
	"imapscope/ui/service"
)

func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "imapscope",
		Short: "Show IMAP2 conversations",
		Long: `imapscope shows IMAP2 conversations (RFC 1176, and the IMAP family that grew out
of it) from capture files, from a network interface, or as a proxy: every
command with its responses, as readable text or as JSON lines.

To begin: imapscope demo`,
		Args:              cobra.NoArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w (see: %s --help)", err, c.CommandPath())
	})
	root.AddCommand(
		newDemo(e),
		newDecode(e),
		newInspect(e),
		newWeb(e),
		newSniff(e),
		newProxy(e),
		newRun(e),
		newHub(e),
		newCA(e),
		newReplay(e),
		newConform(e),
		newMock(e),
		newDiff(e),
		newCheck(e),
		newWhy(e),
		newCoverage(e),
		newScan(e),
		newMCP(e),
		newExplain(e),
		newCompare(e),
		newReport(e),
		newExport(e),
		newLearn(e),
		newExercise(e),
		newRedact(e),
		newMinimize(e),
		newVersion(e),
		newMan(e, root),
	)
	prepare(root.Commands())
	root.SetHelpCommand(newHelp(e, root))
	return root
}

// prepare gives the verbs what all of them have: their text, and the completion of --filter.
func prepare(verbs []*cobra.Command) {
	for _, c := range verbs {
		describe(c)
		if c.Flags().Lookup("filter") == nil {
			continue
		}
		if err := c.RegisterFlagCompletionFunc("filter", completeFilter); err != nil {
			panic(err) // only if the flag does not exist, or is registered twice
		}
	}
}

// completeFilter completes --filter.
func completeFilter(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return print.FilterWords(), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func newVersion(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(e.out, "imapscope", service.ReadBuild())
			return err
		},
	}
}

// forceHint adds a hint to the error about a file that exists and is not replaced.
func forceHint(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w (--force replaces it)", err)
	}
	return err
}

// usage returns an error about how a verb was called.
func usage(format string, args ...any) error { return fmt.Errorf(format, args...) }
