package door

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"imapscope/ui/browsertest"
)

// TestBrowserLinks follows links as people do, in Chromium: the first link from another site's
// page, which keeps the place that it names and loses its token; a copied address from that page
// later; and a page of another site that wants parts of this one, and gets none.
func TestBrowserLinks(t *testing.T) {
	var mu sync.Mutex
	var reached []string
	d, _, _ := serving(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		reached = append(reached, r.URL.Path)
		mu.Unlock()
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, `<!doctype html><title>here</title><link rel=icon href=data:,><p>here`)
	})
	at := "http://" + d.listener.Addr().String()
	forum := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>forum</title><link rel=icon href=data:,>
			<a id=first href="%s#c=3&n=12">come in</a> <a id=later href="%s/#c=4">look</a>
			<img src="%s/picture"><script src="%[3]s/script"></script><iframe src="%[3]s/frame"></iframe>`, d.Link(), at, at)
	}))
	t.Cleanup(forum.Close)
	elsewhere := strings.Replace(forum.URL, "127.0.0.1", "localhost", 1) // another site than the number
	tab := browsertest.Open(t, elsewhere, "http://", browsertest.Options{Width: 800, Height: 600, Refusals: true})
	tab.Wants("document.readyState", "complete")
	tab.Click("document.getElementById('first')")
	tab.Wants("location.href", at+"/#c=3&n=12")
	tab.Wants("document.title", "here")
	tab.Do(chromedp.Navigate(elsewhere))
	tab.Wants("document.readyState + document.title", "completeforum") // with the cookie now
	tab.Click("document.getElementById('later')")
	tab.Wants("location.href + document.title", at+"/#c=4here")
	if cookie := tab.Is("document.cookie"); cookie != "" {
		t.Errorf("scripts can read the cookie %q", cookie)
	}
	mu.Lock()
	defer mu.Unlock()
	if got := fmt.Sprint(reached); got != "[/ /]" {
		t.Errorf("the handler was reached for %s", got)
	}
}
