"""Attacks that were tried on the whole road, each as the sentence that must hold."""
