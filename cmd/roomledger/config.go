package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"roomledger/db"
	"roomledger/web/form"
)

const apiURL = "https://api.100ms.live/v2"

// config is what serve was told by flags and environment.
type config struct {
	addr, data, keyDir string
	logFormat          string
	baseURL            string
	proxies            []netip.Prefix
	adminEmail         string
	adminPassword      string
	accessKey, secret  string // both empty: the built-in sandbox
	apiURL             string
	checkpointFile     string // each checkpoint is appended to it; "": none
	checkpointURL      string // each checkpoint is posted to it; "": none
}

// account reads which 100ms account to talk to: both credentials or none.
func (c *config) account(getenv func(string) string) error {
	c.accessKey, c.secret = getenv("HMS_ACCESS_KEY"), getenv("HMS_SECRET")
	c.apiURL = strings.TrimSuffix(envOr(getenv, "HMS_API_URL", apiURL), "/")
	switch {
	case c.accessKey != "" && c.secret == "":
		return errors.New("HMS_ACCESS_KEY is set but HMS_SECRET is not: set both to talk to 100ms, or neither for the sandbox")
	case c.accessKey == "" && c.secret != "":
		return errors.New("HMS_SECRET is set but HMS_ACCESS_KEY is not: set both to talk to 100ms, or neither for the sandbox")
	}
	u, err := url.Parse(c.apiURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return errors.New("HMS_API_URL has to be an http or https address like " + apiURL)
	}
	return nil
}

// witnesses reads where checkpoints are kept besides the database.
func (c *config) witnesses(getenv func(string) string) error {
	c.checkpointFile, c.checkpointURL = getenv("ROOMLEDGER_CHECKPOINT_FILE"), getenv("ROOMLEDGER_CHECKPOINT_URL")
	if c.checkpointURL == "" {
		return nil
	}
	u, err := url.Parse(c.checkpointURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return errors.New("ROOMLEDGER_CHECKPOINT_URL has to be an http or https address, without a user's name in it")
	}
	return nil
}

// admin reads the first admin: both variables or none.
func (c *config) admin(getenv func(string) string) error {
	c.adminEmail, c.adminPassword = getenv("ROOMLEDGER_ADMIN_EMAIL"), getenv("ROOMLEDGER_ADMIN_PASSWORD")
	if (c.adminEmail == "") != (c.adminPassword == "") {
		return errors.New("set both ROOMLEDGER_ADMIN_EMAIL and ROOMLEDGER_ADMIN_PASSWORD, or neither")
	}
	if c.adminEmail == "" {
		return nil
	}
	if problem := form.EmailProblem(c.adminEmail); problem != "" {
		return errors.New("ROOMLEDGER_ADMIN_EMAIL: " + problem)
	}
	if len(c.adminPassword) < minAdminPassword || len(c.adminPassword) > form.MaxPassword {
		return fmt.Errorf("ROOMLEDGER_ADMIN_PASSWORD has to have %d to %d characters", minAdminPassword, form.MaxPassword)
	}
	return nil
}

// trusted reads the proxies whose forwarding headers count.
func (c *config) trusted(list string) error {
	for _, text := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("ROOMLEDGER_TRUSTED_PROXIES: %q isn't a network like 10.0.0.0/8", text)
		}
		c.proxies = append(c.proxies, p)
	}
	return nil
}

func (c *config) sandbox() bool { return c.accessKey == "" }

// workspace is the account's identity in our records. The access key alone could be anybody's on another API.
func (c *config) workspace() db.Workspace {
	if c.sandbox() {
		return db.Workspace{ID: "sandbox", Name: "Sandbox", Sandbox: true}
	}
	host := c.apiURL
	if u, err := url.Parse(c.apiURL); err == nil {
		host = u.Host
	}
	mark := sha256.Sum256([]byte(c.apiURL + "\n" + c.accessKey))
	id := fmt.Sprintf("%s-%x", host, mark[:5])
	return db.Workspace{ID: id, Name: fmt.Sprintf("%s · %.6s…", host, c.accessKey), APIURL: c.apiURL}
}
