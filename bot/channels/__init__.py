"""Where messages come in and go out: one module for each channel, all behind one protocol."""

from bot.channels.protocol import Arrival, Channel, Outgoing, Receipt, Rendered

__all__ = ["Arrival", "Channel", "Outgoing", "Receipt", "Rendered"]
