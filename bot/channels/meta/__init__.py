"""Messenger, Instagram and WhatsApp: three channels of one company, by webhook in and by the Graph API out.

Law: whoever writes is an id that Meta made, and nothing else; nothing is read before its signature is checked, and what
the platform's time window does not carry goes by mail to a proved mailbox, or to staff.
"""
