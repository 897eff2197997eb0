// Package compare shows tasks that were played in several protocols next to each other, as text, JSON lines and a page.
//
//	c, err := compare.Play(task, protocols, compare.Options{RoundTrip: 50 * time.Millisecond})
//	err = compare.Text(os.Stdout, []*compare.Comparison{c}, o)
//
// # Rules
//
//   - What a column shows is decoded from the recording of its session: IMAP by package
//     decode, POP3 as lines. What it counts is measured by samples/contrast.
//   - Texts from the recording are inert, and passwords are masked.
//   - Of an answer with many lines the first ones and the last are shown; the number of the
//     others is given. Nothing is left out of what is counted.
package compare
