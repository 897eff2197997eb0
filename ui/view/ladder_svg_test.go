package view

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

func TestTmpSVG(t *testing.T) {
	for _, n := range []string{"mtest1988--imap-1", "raw-pipeline--imap-1", "raw-errors--imap-1"} {
		f, _ := os.Create("/tmp/" + n + ".svg")
		sampleLadder(t, n).SVG(f, n)
		f.Close()
	}
}

var _ = xml.EscapeText
var _ = errors.New
var _ = fmt.Sprint
var _ = io.EOF
var _ = strings.Cut
var _ = time.Now
var _ capture.Chunk
var _ decode.Event
