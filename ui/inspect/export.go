package inspect

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"imapscope/decode"
	"imapscope/ui/view"
)

// Exporter writes what a person chose to files.
type Exporter interface {
	// Formats are the endings of names that say what is written: "txt", "jsonl",
	// "pcapng", "eml", "mbox".
	Formats() []string
	// Export writes transactions of the archive to a file, in the format that its
	// name ends in, and says what it wrote in a line. A file that is there is not
	// replaced.
	Export(name string, txns []int, comments map[int]string) (string, error)
	// Save writes the whole session, with comments, or the comments alone, by what
	// the name ends in, and says so.
	Save(name string, comments map[int]string) (string, error)
	// Write writes a file that is made already: a ladder.
	Write(name string, content []byte) error
}

// chosen is what x exports: the marked, or the shown.
func (x *inspector) chosen() (txns []int, what string) {
	if len(x.marked) > 0 {
		txns = slices.Clone(x.marked)
		slices.Sort(txns)
		return txns, "marked"
	}
	for row := range x.list.Len() {
		txns = append(txns, x.list.at(row))
	}
	if x.list.narrowed() {
		return txns, "shown"
	}
	return txns, "all"
}

func (x *inspector) askExport() {
	if x.Export == nil {
		x.say("nothing can be written from here")
		return
	}
	n, what := len(x.marked), "marked"
	if n == 0 {
		n, what = x.list.Len(), "shown"
	}
	formats := x.Export.Formats()
	x.ask(question{
		label:    fmt.Sprintf("export the %s %s to (.%s): ", number(n), what, strings.Join(formats, " .")),
		complete: func(text string) []string { return completeName(text, formats) },
		check:    func(text string) (string, int) { return checkName(text, formats) },
		done: func(name string) {
			if name == "" {
				return
			}
			txns, _ := x.chosen()
			said, err := x.Export.Export(name, txns, x.comments)
			x.say(said)
			x.fail(err)
		},
	})
}

// completeName offers the endings that there are.
func completeName(text string, formats []string) []string {
	base, ending, ok := strings.Cut(filepath.Base(text), ".")
	if !ok || base == "" {
		return nil
	}
	var out []string
	for _, f := range formats {
		if strings.HasPrefix(f, ending) && f != ending {
			out = append(out, strings.TrimSuffix(text, ending)+f)
		}
	}
	return out
}

func checkName(text string, formats []string) (string, int) {
	if ending := strings.TrimPrefix(filepath.Ext(text), "."); text != "" && !slices.Contains(formats, ending) {
		return "the name ends in one of ." + strings.Join(formats, " ."), -1
	}
	return "", -1
}

func (x *inspector) askSave() {
	if x.Export == nil {
		x.say("nothing can be written from here")
		return
	}
	x.ask(question{
		label: "save the session with comments (.pcapng), or comments (.comments.jsonl), to: ",
		text:  x.Beside,
		done: func(name string) {
			if name == "" {
				return
			}
			said, err := x.Export.Save(name, x.comments)
			x.say(said)
			x.fail(err)
		},
	})
}

func (x *inspector) askComment() {
	i, ok := x.current()
	if !ok {
		return
	}
	x.ask(question{
		label: fmt.Sprintf("comment on %s: ", number(i+1)),
		text:  x.comments[i],
		done: func(text string) {
			if text = strings.TrimSpace(text); text == "" {
				delete(x.comments, i)
			} else {
				x.comments[i] = text
			}
			x.detail.show(i)
		},
	})
}

// copyNetcat copies the command as a line that plays it, after LOGIN and SELECT.
func (x *inspector) copyNetcat() {
	x.copyCommand(func(e *exchange, command string) string {
		lines := []string{}
		if u := e.Transaction.User; u != "" && e.row.Command != "LOGIN" {
			lines = append(lines, "x1 LOGIN "+word(u)+" "+view.Mask)
		}
		if b := e.Transaction.Mailbox; b != "" && e.row.Command != "SELECT" {
			lines = append(lines, "x2 SELECT "+word(b))
		}
		lines = append(lines, x.data.view.Tag(e.Transaction)+" "+command)
		if e.row.Command != "LOGOUT" {
			lines = append(lines, "x9 LOGOUT")
		}
		for i, l := range lines {
			lines[i] = strings.ReplaceAll(strings.ReplaceAll(l, `\`, `\\`), "%", "%%")
		}
		host, port := e.server()
		return "printf " + shell(strings.Join(lines, `\r\n`)+`\r\n`) + " | nc -q 5 " + host + " " + port
	})
}

// copyCurl copies the command as a line for curl.
func (x *inspector) copyCurl() {
	x.copyCommand(func(e *exchange, command string) string {
		host, port := e.server()
		out := "curl"
		if u := e.Transaction.User; u != "" {
			out += " --user " + shell(u+":"+view.Mask)
		}
		return out + " " + shell("imap://"+net.JoinHostPort(host, port)+"/"+path(e.Transaction.Mailbox)) + " --request " + shell(command)
	})
}

func (x *inspector) copyCommand(format func(e *exchange, command string) string) {
	i, ok := x.current()
	if !ok {
		return
	}
	e := x.data.exchange(i)
	if e.Transaction == nil || e.Outcome == decode.Orphan || len(e.Request.Raw) == 0 {
		x.say("there is no command to copy")
		return
	}
	command := strings.TrimPrefix(x.data.view.Request(e.Transaction), e.Tag+" ")
	if len(e.Request.Literals) > 0 {
		x.say("this command has literals, which no single line can send")
		return
	}
	text := format(e, command)
	if err := x.copy(text); err != nil {
		x.fail(err)
		return
	}
	x.say("copied: " + text)
}

func (x *inspector) copy(text string) error {
	if x.Copy != nil {
		return x.Copy(text)
	}
	x.screen.SetClipboard([]byte(text))
	return nil
}

func (e *exchange) server() (host, port string) {
	return e.conn.Server.Addr().String(), strconv.Itoa(int(e.conn.Server.Port()))
}

// shell is a text as one word of a shell.
func shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// word is a string as a command has it.
func word(s string) string {
	if s == "" || strings.ContainsAny(s, " (){%*\"\\\r\n") {
		return strconv.Quote(s)
	}
	return s
}

// path is a mailbox's name as a URL has it.
func path(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
