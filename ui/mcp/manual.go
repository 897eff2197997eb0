package mcp

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"imapscope/ui/print"
)

// explainIn are the arguments of explain.
type explainIn struct {
	Text string `json:"text" jsonschema:"a line of IMAP, in which \\r\\n may represent line ends; or a word of the protocol, the name of a state, states, or the ID of a rule"`
	From string `json:"from,omitempty" jsonschema:"who sent the line: client or server; if it is left out, the line shows it"`
	paging
}

func (f *Face) explain(_ context.Context, in *explainIn) (*answer, error) {
	q := print.Question{Dialect: f.o.Dialect}
	switch in.From {
	case "":
	case "client":
		q.From = print.Client
	case "server":
		q.From = print.Server
	default:
		return nil, fmt.Errorf("from %q is not one of client, server", clip(in.From))
	}
	switch s := strings.TrimSpace(in.Text); {
	case s == "" || s == "-":
		return nil, fmt.Errorf("text is empty: it is a line, a word, a state or the ID of a rule")
	case len(s) > maxArgument:
		return nil, fmt.Errorf("text has %d bytes; at most %d are explained", len(s), maxArgument)
	}
	a, err := in.answer()
	if err != nil {
		return nil, err
	}
	a.Untrusted = ""
	var b bytes.Buffer
	faults, err := print.ExplainTopic(&b, print.TextOptions{Options: f.o.View}, q, in.Text, strings.NewReader(""))
	if err != nil {
		return nil, err
	}
	if faults > 0 {
		a.Summary = text(fmt.Sprintf("wrong: %d", faults))
	}
	return a, a.addLines(b.String())
}

// helpIn are the arguments of help.
type helpIn struct {
	Topic string `json:"topic,omitempty" jsonschema:"the name of a topic; if it is left out, the topics are listed"`
	paging
}

func (f *Face) help(_ context.Context, in *helpIn) (*answer, error) {
	a, err := in.answer()
	if err != nil {
		return nil, err
	}
	if in.Limit == 0 {
		a.limit = maxLimit
	}
	a.Untrusted = ""
	if in.Topic == "" {
		return a, a.addLines(f.o.Help.List())
	}
	page, ok := f.o.Help.Topic(in.Topic)
	if !ok {
		return nil, fmt.Errorf("no topic %q; topics are: %s", clip(in.Topic), strings.Join(f.o.Help.Names(), ", "))
	}
	return a, a.addLines(page)
}

// topicURI is where a help topic is as a resource.
const topicURI = "imapscope://help/"

// addResources adds the help topics as resources.
func (f *Face) addResources(s *sdk.Server) {
	for _, name := range f.o.Help.Names() {
		r := &sdk.Resource{URI: topicURI + name, Name: name, Title: "imapscope help " + name, MIMEType: "text/markdown"}
		s.AddResource(r, func(context.Context, *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
			page, ok := f.o.Help.Topic(name)
			if !ok {
				return nil, sdk.ResourceNotFoundError(r.URI)
			}
			return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: r.URI, MIMEType: r.MIMEType, Text: page}}}, nil
		})
	}
}
