"""The whole pedal on any computer: control itself on mock pins and a terminal, the engine as its child."""
