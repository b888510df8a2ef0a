package main

import (
	"context"
	"testing"
)

func browseEveryField(t *testing.T, chrome context.Context) {
	r := serving(t, t.TempDir(), withAdmin(nil))
	b := signedIn(t, chrome, r.base)
	b.click("link", "New room")
}
