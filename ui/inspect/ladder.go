package inspect

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"imapscope/capture"
	"imapscope/decode/archive"
	"imapscope/ui/inspect/model"
	"imapscope/ui/inspect/panes"
	"imapscope/ui/view"
)

// scaleLadder switches between showing time to scale in the ladder and not.
func (x *inspector) scaleLadder() {
	if x.detail.ScaleLadder() {
		x.report("gaps to scale: one row from a millisecond on, and one more for each factor of ten")
	} else {
		x.report("one row for each step")
	}
}

func (x *inspector) askSaveLadder() {
	ladderFormats := []string{"txt", "svg"}
	i, ok := x.current()
	if !ok || x.Export == nil {
		x.report("writing files is not available here")
		return
	}
	conn, _ := x.model.Archive.ConnOf(x.model.Archive.Row(i).Conn)
	scale := x.detail.LadderToScale()
	x.ask(question{
		label:    fmt.Sprintf("save the ladder of connection %d to (.%s): ", conn.ID, strings.Join(ladderFormats, " .")),
		complete: func(text string) []string { return completeName(text, ladderFormats) },
		check:    func(text string) (string, int) { return checkName(text, ladderFormats) },
		done: func(name string) {
			if name != "" {
				x.saveLadder(name, conn, scale)
			}
		},
	})
}

// saveLadder writes a connection's whole ladder, in the background.
func (x *inspector) saveLadder(name string, conn archive.Conn, scale bool) {
	ctx := x.search.begin()
	made := panes.NewLadder(x.model, &conn)
	reader := x.model.Archive.Reader()
	title := fmt.Sprintf("%s, connection %d", x.Source, conn.ID)
	x.report("writing " + name + " …")
	go func() {
		err := x.writeLadder(ctx, reader, made, name, title, conn.ID, scale)
		x.later(func() {
			x.report(fmt.Sprintf("%s written to %s", model.Plural(made.Len(), "step"), name))
			if err != nil {
				x.report(name + ": " + err.Error())
			}
		})
	}()
}

func (x *inspector) writeLadder(ctx context.Context, r *archive.Reader, made *view.Ladder, name, title string, id capture.ConnID, scale bool) error {
	err := r.Items(id, archive.Ref{}, func(it archive.Item) bool {
		made.Add(it.Event)
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if filepath.Ext(name) == ".svg" {
		err = made.SVG(&b, title)
	} else {
		_, err = made.Text(savedLadder, view.LadderOptions{Scale: scale}).WriteTo(&b)
	}
	if err != nil {
		return err
	}
	return x.Export.Write(name, b.Bytes())
}

// savedLadder is the width of a ladder in a text file.
const savedLadder = 120
