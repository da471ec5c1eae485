package main

import (
	"context"
	"log/slog"
	"strings"

	"parley/channels/slackchat"
)

// startSlack connects the support desk when both tokens are in the environment.
// It says in words what it does. Slack being away, at start or later, never
// touches the shop's chat.
func (c *serveCmd) startSlack(ctx context.Context, a *app, log *slog.Logger) (string, error) {
	if c.SlackApp == "" && c.SlackBot == "" {
		return "", nil
	}
	desk, err := slackchat.New(ctx, slackchat.Config{
		Hub: a.Hub, Store: a.Store, Ring: a.Ring, AppToken: c.SlackApp, BotToken: c.SlackBot, Channel: c.SlackChannel, Log: log,
	})
	if err != nil {
		return "", err
	}
	go desk.Run(ctx) // ends with ctx; what it was doing is on disk
	return " · hand-offs to Slack #" + strings.TrimPrefix(c.SlackChannel, "#"), nil
}
