package main

import (
	"bufio"
	"context"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"imapscope/ui/browsertest"
)

// lessonInBrowser runs learn --web, and opens its page.
func lessonInBrowser(t *testing.T, width int64, args ...string) *browsertest.Tab {
	t.Helper()
	browsertest.Find(t)
	ctx, cancel := context.WithCancel(t.Context())
	pr, pw := io.Pipe()
	root := newRoot(&env{out: pw, err: io.Discard})
	root.SetArgs(append([]string{"learn", "--web", "--web-no-browser", "--progress", filepath.Join(t.TempDir(), "progress.json")}, args...))
	ended := make(chan error, 1)
	go func() {
		ended <- root.ExecuteContext(ctx)
		pw.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	said := bufio.NewScanner(pr)
	if !said.Scan() {
		t.Fatal("there is no link")
	}
	link := said.Text()
	site := regexp.MustCompile(`^http://[^/]+/`).FindString(link)
	if site == "" {
		t.Fatal(link)
	}
	go io.Copy(io.Discard, pr)
	return browsertest.Open(t, link, site, browsertest.Options{Width: width, Height: 900, Color: "light"})
}

const (
	stepHeading = `document.querySelector("#step h3").textContent`
	stepSaid    = `document.querySelector("#step .said").textContent`
	stepShows   = `document.getElementById("detail-h").textContent`
)

// TestLearnInBrowser goes through a lesson as a student would: reads, answers wrongly and rightly,
// asks for a hint, chooses, points at an exchange, and types a command.
func TestLearnInBrowser(t *testing.T) {
	b := lessonInBrowser(t, 1440, "2")
	b.Wants(`document.getElementById("lesson-h").textContent.startsWith("Selecting and counting: 1 of ")`, "true")
	b.Wants(stepShows+`.startsWith("Exchange 1/2 ")`, "true")
	b.Wants(`document.querySelector("#panel .w.pointed").textContent`, "INBOX")
	b.Shot("learn-web.png")
	b.Keys(" ")
	b.Wants(stepHeading, "How many messages")
	b.Wants(`document.querySelector("#panel .w.pointed").textContent`, "EXISTS")
	b.Wants(`document.activeElement.id`, "reply")
	b.Keys("1", "4", kb.Enter)
	b.Wants(stepSaid, "That is what RECENT says: how many of them are new.")
	b.Click(`[...document.querySelectorAll("#step button")].find(x => x.textContent === "Hint")`)
	b.Wants(stepSaid+`.startsWith("Hint: The line ends in EXISTS.")`, "true")
	b.Click(`document.getElementById("reply")`)
	b.Keys("2", "0", kb.Enter)
	b.Wants(stepSaid, "20: messages 1 to 20.")
	b.Wants(`document.activeElement.id`, "goon")
	b.Keys(kb.Enter)
	b.Wants(stepHeading, "How many are new")
	b.Keys("6", kb.Enter)
	b.Wants(stepSaid, "20 - 14 = 6.")
	b.Keys(kb.Enter)
	// A choice.
	b.Wants(stepHeading, "Which flags there can be")
	b.Click(`document.querySelectorAll("#step .choices button")[1]`)
	b.Wants(stepSaid, "That one means: this is important.")
	b.Click(`document.querySelectorAll("#step .choices button")[3]`)
	b.Wants(stepSaid+`.startsWith("\\Seen.")`, "true")
	b.Shot("learn-web-choice.png")
	skip := `[...document.querySelectorAll("#step button")].find(x => x.textContent === "Skip")`
	b.Keys(kb.Enter)
	b.Wants(stepHeading, "Any order")
	b.Click(skip)
	b.Wants(stepHeading, "News")
	b.Wants(stepShows+`.startsWith("Exchange 2/4 ")`, "true")
	b.Click(skip)
	// An exchange to point at.
	b.Wants(stepHeading, "Without a request")
	b.Click(`[...document.querySelectorAll("#txns .rows .row")].find(x => x.querySelector(".label").textContent === "2/5")`)
	b.Wants(stepShows+`.slice(0, 13) + document.querySelector("#txns .row[aria-selected=true] .label")?.textContent`, "Exchange 2/5 2/5")
	b.Click(`document.querySelector("#step .reply button")`)
	b.Wants(stepSaid+`.startsWith("CHECK asks for changes.")`, "true")
	b.Click(`[...document.querySelectorAll("#txns .rows .row")].find(x => x.querySelector(".label").textContent === "2/6")`)
	b.Wants(stepShows+`.startsWith("Exchange 2/6 ")`, "true")
	b.Click(`document.querySelector("#step .reply button")`)
	b.Wants(stepSaid+`.startsWith("FETCH 9")`, "true")
	b.Click(`document.getElementById("goon")`)
	b.Wants(stepHeading, "Two at once")
	b.Click(skip)
	// A command to type: it appears in the list, and is judged.
	b.Wants(stepHeading, "Count for yourself")
	b.Click(`document.getElementById("reply")`)
	b.Keys("NOOP", kb.Enter)
	b.Wants(stepSaid, "The server does it, but it is not what this step asks for.")
	b.Keys("SELECT INBOX", kb.Enter)
	b.Wants(stepSaid+`.startsWith("FLAGS, 12 EXISTS, 2 RECENT")`, "true")
	b.Wants(stepShows+`.replace(/ OK.*/, " OK")`, "Exchange 4/3 OK")
	b.Shot("learn-web-typed.png")
	// Links, layout and what a screen reader gets.
	b.Accessible(browsertest.Axe(t), "a lesson")
}

// TestLearnInBrowserHolds types a command that is held, and what the server gets in its place.
func TestLearnInBrowserHolds(t *testing.T) {
	b := lessonInBrowser(t, 1024, "10")
	b.Wants(`Boolean(document.querySelector("#step h3"))`, "true")
	for range 5 {
		before := b.Is(stepHeading)
		b.Keys(kb.Escape, ">")
		b.Wants(stepHeading+" !== "+`"`+strings.ReplaceAll(before, `"`, `\"`)+`"`, "true")
	}
	b.Wants(stepHeading, "Hold one yourself")
	b.Click(`document.getElementById("reply")`)
	b.Keys("FETCH 1 FLAGS", kb.Enter)
	b.Wants(`document.querySelector("#step label").textContent`, "to the server instead")
	b.Click(`document.getElementById("reply")`)
	b.Keys("FETCH 2 FLAGS", kb.Enter)
	b.Wants(stepSaid, "You asked for message 1, and got * 2 FETCH.")
	b.Shot("learn-web-held.png")
}

// TestNextLessonInBrowser: the page goes on with the next lesson.
func TestNextLessonInBrowser(t *testing.T) {
	b := lessonInBrowser(t, 360, "1")
	b.Wants(`document.getElementById("lesson-h").textContent.includes(": 1 of ")`, "true")
	title := b.Is(`document.getElementById("lesson-h").textContent`)
	b.Shot("learn-web-360.png")
	for range 40 {
		at := b.Is(stepHeading)
		if at == "Lesson finished" {
			break
		}
		b.Keys(kb.Escape, ">")
		b.Wants(stepHeading+" !== "+`"`+strings.ReplaceAll(at, `"`, `\"`)+`"`, "true")
	}
	b.Wants(`document.getElementById("goon").textContent`, "Next lesson")
	b.Click(`document.getElementById("goon")`)
	b.Wants(`document.getElementById("lesson-h").textContent.startsWith("Selecting and counting: 1 of ")`, "true")
	if strings.HasPrefix(title, "Selecting") {
		t.Error(title)
	}
}
