package inspect

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// copyNetcat copies the command as a line that plays it, after LOGIN and SELECT.
func (x *inspector) copyNetcat() {
	x.copyCommand(func(e *model.Exchange, command string) string {
		asks := e.Transaction.Row
		lines := []string{}
		if u := e.Transaction.User; u != "" && !asks.Does(protocol.LogsIn) {
			lines = append(lines, "x1 "+protocol.CommandThat(protocol.LogsIn).Name+" "+word(u)+" "+view.Mask)
		}
		if b := e.Transaction.Mailbox; b != "" && !asks.Does(protocol.Selects) {
			lines = append(lines, "x2 "+protocol.CommandThat(protocol.Selects).Name+" "+word(b))
		}
		lines = append(lines, x.model.View.Tag(e.Transaction)+" "+command)
		if !asks.Does(protocol.LogsOut) {
			lines = append(lines, "x9 "+protocol.CommandThat(protocol.LogsOut).Name)
		}
		for i, l := range lines {
			lines[i] = strings.ReplaceAll(strings.ReplaceAll(l, `\`, `\\`), "%", "%%")
		}
		host, port := serverOf(e)
		return "printf " + shell(strings.Join(lines, `\r\n`)+`\r\n`) + " | nc -q 5 " + host + " " + port
	})
}

// copyCurl copies the command as a line for curl.
func (x *inspector) copyCurl() {
	x.copyCommand(func(e *model.Exchange, command string) string {
		host, port := serverOf(e)
		out := "curl"
		if u := e.Transaction.User; u != "" {
			out += " --user " + shell(u+":"+view.Mask)
		}
		return out + " " + shell("imap://"+net.JoinHostPort(host, port)+"/"+path(e.Transaction.Mailbox)) + " --request " + shell(command)
	})
}

func (x *inspector) copyCommand(format func(e *model.Exchange, command string) string) {
	i, ok := x.current()
	if !ok {
		return
	}
	e := x.model.Exchange(i)
	if e.Transaction == nil || e.Outcome == decode.Orphan || len(e.Request.Raw) == 0 {
		x.report("there is no command to copy")
		return
	}
	command := strings.TrimPrefix(x.model.View.Request(e.Transaction), e.Tag+" ")
	if len(e.Request.Literals) > 0 {
		x.report("this command has literals, which no single line can send")
		return
	}
	text := format(e, command)
	if err := x.copy(text); err != nil {
		x.reportError(err)
		return
	}
	x.report("copied: " + text)
}

func (x *inspector) copy(text string) error {
	if x.Copy != nil {
		return x.Copy(text)
	}
	x.main.screen.SetClipboard([]byte(text))
	return nil
}

// serverOf returns where an exchange was sent.
func serverOf(e *model.Exchange) (host, port string) {
	return e.Conn.Server.Addr().String(), strconv.Itoa(int(e.Conn.Server.Port()))
}

// shell returns a text as one word of a shell.
func shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// word returns a string as a command has it.
func word(s string) string {
	if s == "" || strings.ContainsAny(s, " (){%*\"\\\r\n") {
		return strconv.Quote(s)
	}
	return s
}

// path returns a mailbox's name as a URL has it.
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
