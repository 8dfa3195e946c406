// What the practice window says about itself.
export const practice = {
  banner: 'Practice: everything here is made up',
  short: 'Practice',
  label: 'Practice',
  scenario: 'What happens',
  scenarios: {
    day: 'A normal day',
    errors: 'Many errors',
    silence: 'Subjects go silent',
    burst: 'Everything at once',
  },
  speed: 'Speed',
  speeds: { slow: 'Slow', normal: 'Normal', fast: 'Fast', rush: 'Very fast' },
  pause: 'Pause',
  resume: 'Go on',
  silence:
    'Three subjects have stopped uploading. After a fresh start the first is overdue within five minutes: watch Overdue on Today.',
  over: 'Start over…',
  overTitle: 'Start the practice over?',
  overText:
    'Everything made up so far is deleted, and the practice begins again with two fresh weeks. Your real study is not touched: it is in a folder of its own. The window closes and opens again.',
  overYes: 'Start over',
  overNo: 'Go on practising',
  leave: 'Leave practice…',
  leaveTitle: 'Leave practice?',
  leaveText: 'The window of your real study opens, and the practice ends. What you did here stays for the next time.',
  leaveSteps: [
    'If no study is connected yet, the window begins with the six steps of the set-up.',
    'Have ready: the name of the study, and access to its Webhooks page in CentrePoint.',
    'For the way in you need your IT person; the set-up has a page for them.',
  ],
  leaveYes: 'Open the real window',
  leaveNo: 'Stay here',
  failed: 'That did not work',
};
