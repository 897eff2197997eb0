package lint

import (
	"fmt"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// tlsRules are the rules about what lies below IMAP: where TLS begins, and what is damaged in
// it, or in compressed data.
var tlsRules = []*Rule{
	{
		ID: "N009", Title: "TLS spoken to a port of plain text", Severity: Error, Verdict: Network, Later: true, Wire: true,
		Ref:         protocol.Ref{RFC: 8314, Heading: "3.2. Implicit TLS for IMAP", Page: 5},
		Explanation: "The client begins with a TLS handshake, and the server with plain text: one of them is set up for the other kind of port. On port 993 TLS begins at once; on port 143 it begins after STARTTLS. Each side sees the other's bytes as garbage and gives up.",
		Advice:      "In the client, choose port 993 for TLS (\"SSL/TLS\"), or STARTTLS for port 143. If the port is right, enable TLS for it in the server.",
		Bad:         "S: * OK ready\nC| \\x16\\x03\\x01\\x00\\x05hello\n# closed\n",
		Good:        "S: * OK ready\nC: a1 LOGOUT\nS: * BYE bye\nS: a1 OK done\n# closed\n",
		On:          []Fact{OnClosed}, Run: tlsToPlain,
	},
	{
		ID: "N010", Title: "plain text spoken to a port of TLS", Severity: Error, Verdict: Network, Later: true, Wire: true,
		Ref:         protocol.Ref{RFC: 8314, Heading: "3.2. Implicit TLS for IMAP", Page: 5},
		Explanation: "The client waits for a greeting in plain text, and the server for a TLS handshake, so nothing happens until one of them loses patience. If the client then sends a command, the server answers with a TLS alert. On port 993 TLS begins at once; on port 143 it begins after STARTTLS.",
		Advice:      "In the client, choose TLS (\"SSL/TLS\") for port 993, or STARTTLS and port 143. If the port is right, disable TLS for it in the server.",
		Bad:         "# 5s later\nC: a1 CAPABILITY\nS| \\x15\\x03\\x01\\x00\\x02\\x02F\n# closed by the server\n",
		Good:        "S: * OK ready\nC: a1 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: a1 OK done\nC: a2 LOGOUT\nS: * BYE bye\nS: a2 OK done\n# closed\n",
		On:          []Fact{OnClosed}, Run: plainToTLS,
	},
	{
		ID: "N014", Title: "TLS or compressed data that is damaged", Severity: Warning, Verdict: Network, Later: true, Wire: true, Once: true,
		Ref:         protocol.Ref{RFC: 4978, Heading: "3. The COMPRESS Command", Page: 3},
		Explanation: "A TLS record does not pass its authentication with the session's keys, or compressed data breaks the rules of DEFLATE. The receiver ends the connection for that. In a capture, the usual reason is that packets are damaged or incomplete, or that the keys belong to another session.",
		Advice:      "See whether the receiver ended the connection. If it did, something changes data on the way, or one side computes it wrongly. If it did not, the capture or its keys are to blame.",
		Bad:         compressing + "S| \\xff\\xff\\xff\\xff\n# closed\n",
		Good:        compressing + "# closed\n",
		On:          []Fact{OnRecord}, Run: damagedRecord,
	},
}

// compressing is a LOGOUT and its answer under COMPRESS.
const compressing = "S: * OK ready\nC: a1 COMPRESS DEFLATE\nS: a1 OK active\nC| \\x4a\\x34\\x52\\xf0\\xf1\\x77\\xf7\\x0f\\x0d\\xe1\\xe5\\x02\\x00\\x00\\x00\\xff\\xff\nS| \\xd2\\x52\\x70\\x8a\\x74\\x55\\x48\\xaa\\x4c\\xe5\\xe5\\x4a\\x34\\x52\\xf0\\xf7\\x56\\x48\\xc9\\xcf\\x03\\xb2\\x01\\x00\\x00\\x00\\xff\\xff\n"

// imap is the port where a connection begins in plain text.
const imap = 143

// mismatch is a disagreement about whether TLS begins at once.
type mismatch uint8

const (
	agreed mismatch = iota
	clientTLS
	serverTLS
)

// mismatched returns which side alone expected TLS at once.
func (c *conn) mismatched(e *decode.Closed) mismatch {
	client, server := e.Began[capture.ClientToServer], e.Began[capture.ServerToClient]
	lost := e.Lost[capture.ClientToServer]+e.Lost[capture.ServerToClient] > 0
	switch {
	case c.MidStream || lost || c.unrelayed != "" || c.byProxy:
	case client == decode.SpeaksTLS && server == decode.SpeaksText,
		client == decode.SpeaksTLS && server == 0 && c.Server.Port() == imap && over(e.Cause):
		return clientTLS
	case client == decode.SpeaksText && server == decode.SpeaksTLS,
		client != decode.SpeaksTLS && server == 0 && c.Server.Port() == imaps && over(e.Cause) && e.Time.Sub(c.Start) >= patience:
		return serverTLS
	}
	return agreed
}

func tlsToPlain(p *Pass) {
	if p.mismatch != clientTLS {
		return
	}
	text := "the client begins with TLS, and the server answers in plain text"
	if p.closed.Began[capture.ServerToClient] == 0 {
		text = "the client begins with TLS, and the server sends nothing"
	}
	p.report(place{dir: capture.ClientToServer, time: p.closed.Time}, fmt.Sprintf("%s on port %d", text, p.Server.Port()))
}

func plainToTLS(p *Pass) {
	if p.mismatch != serverTLS {
		return
	}
	waited := p.closed.Time.Sub(p.Start).Round(time.Millisecond)
	text := fmt.Sprintf("the client sent plain text to port %d, and the server sent nothing within %s", p.Server.Port(), waited)
	switch {
	case p.closed.Began[capture.ServerToClient] == decode.SpeaksTLS:
		text = fmt.Sprintf("the client sent plain text to port %d, and the server answers in TLS", p.Server.Port())
	case p.closed.Began[capture.ClientToServer] == 0:
		text = fmt.Sprintf("neither side sent anything to port %d within %s: each waited for the other", p.Server.Port(), waited)
	}
	p.report(place{dir: capture.ClientToServer, time: p.closed.Time}, text)
}

func damagedRecord(p *Pass) {
	r := p.record
	what := "a TLS record does not pass its authentication"
	if r.Of == decode.Compression {
		what = "the compressed data is not DEFLATE"
	}
	p.report(place{dir: r.Dir, off: r.Plain, time: r.Time}, fmt.Sprintf("%s, %d bytes after its beginning", what, r.Off))
}
